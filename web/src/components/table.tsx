// A list of any length: only rows near what is seen are in the page. Arrows, Home, End and Page keys move, Enter opens, Space selects.
import "./table.css";

import { defaultRangeExtractor, useWindowVirtualizer, type Range } from "@tanstack/react-virtual";
import {
  useCallback,
  useLayoutEffect,
  useRef,
  useState,
  type KeyboardEvent,
  type MouseEvent,
  type ReactElement,
  type ReactNode,
} from "react";

export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => ReactNode;
  /** A track of a CSS grid: `120px`, `minmax(0, 1fr)`. */
  readonly width: string;
  readonly align?: "end";
  /** Where it goes on a narrow screen, where rows are of two columns. */
  readonly phone: "main" | "side" | "hide";
}

export interface Selection {
  readonly keys: ReadonlySet<string>;
  readonly onChange: (keys: ReadonlySet<string>) => void;
}

interface Props<Row> {
  /** What it lists, for screen readers. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** What a row is called, for screen readers, where rows are selected. */
  readonly nameOf?: (row: Row) => string;
  readonly onOpen?: (row: Row) => void;
  readonly selection?: Selection;
  /** There is more: asked for when the end comes near. */
  readonly onMore?: (() => void) | undefined;
  /** Others are being asked for. */
  readonly isOutdated?: boolean;
  /** Below the last row. */
  readonly footer?: ReactNode;
}

const PAGE = 12;

export function Table<Row>(of: Props<Row>): ReactElement {
  const { rows, keyOf, onMore } = of;
  const body = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [active, setActive] = useState<string | null>(null);
  const getItemKey = useCallback((index: number) => keyAt(rows, keyOf, index), [rows, keyOf]);
  const activeIndex = Math.max(0, active === null ? 0 : rows.findIndex((row) => keyOf(row) === active));
  // The row that has the focus, or is to get it, is there wherever one has scrolled to: a focus that is lost hears no keys.
  const rangeExtractor = useCallback(
    (range: Range) =>
      [...new Set([...defaultRangeExtractor(range), activeIndex])]
        .filter((index) => index < range.count)
        .toSorted((one, other) => one - other),
    [activeIndex],
  );
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => 38,
    overscan: 12,
    scrollMargin: top,
    getItemKey,
    rangeExtractor,
  });

  // What is above the table may grow.
  useLayoutEffect(() => {
    const measure = (): void => setTop((body.current?.getBoundingClientRect().top ?? 0) + window.scrollY);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, []);

  const shown = virtual.getVirtualItems();
  const lastShown = virtual.range?.endIndex ?? 0;
  useLayoutEffect(() => {
    if (lastShown >= rows.length - PAGE) onMore?.();
  }, [lastShown, rows.length, onMore]);

  const isMoving = useRef(false);
  const goTo = (index: number): void => {
    isMoving.current = true;
    setActive(keyAt(rows, keyOf, Math.min(Math.max(index, 0), rows.length - 1)));
  };
  useLayoutEffect(() => {
    if (!isMoving.current) return;
    isMoving.current = false;
    body.current?.querySelector<HTMLElement>(`[data-index="${activeIndex}"]`)?.focus({ preventScroll: true });
    virtual.scrollToIndex(activeIndex, { align: "auto" });
  }, [activeIndex, virtual]);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const row = rows[activeIndex];
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: activeIndex + 1,
      ArrowUp: activeIndex - 1,
      PageDown: activeIndex + PAGE,
      PageUp: activeIndex - PAGE,
      Home: 0,
      End: rows.length - 1,
    };
    const to = moves[event.key];
    if (to !== undefined) goTo(to);
    else if (row === undefined || !isRow(event.target)) return;
    else if (event.key === "Enter" && of.onOpen) of.onOpen(row);
    else if (event.key === " " && of.selection) toggle(of.selection, keyOf(row));
    else return;
    event.preventDefault();
  };

  const tracks = of.columns.map(({ width }) => width).join(" ");
  return (
    <div
      className={`table${of.selection ? " has-selection" : ""}${of.isOutdated ? " is-outdated" : ""}`}
      ref={(element) => element?.style.setProperty("--columns", of.selection ? `24px ${tracks}` : tracks)}
    >
      <div
        role="grid"
        aria-label={of.label}
        aria-rowcount={rows.length + 1}
        aria-busy={of.isOutdated === true}
        {...(of.selection && { "aria-multiselectable": true })}
      >
        <div role="rowgroup">
          <div className="table-row is-head" role="row" aria-rowindex={1}>
            {of.selection && <AllBox selection={of.selection} keys={rows.map(keyOf)} />}
            {of.columns.map(({ head, align, phone }) => (
              <div key={head} role="columnheader" className={cellClass(align, phone)}>
                {head}
              </div>
            ))}
          </div>
        </div>
        <div className="table-body" role="rowgroup" ref={body} onKeyDown={onKeyDown} style={{ height: virtual.getTotalSize() }}>
          {shown.map(({ index, start, key }) => {
            const row = rows[index];
            if (row === undefined) return null;
            const isSelected = of.selection?.keys.has(String(key));
            return (
              <div
                key={key}
                ref={virtual.measureElement}
                data-index={index}
                role="row"
                aria-rowindex={index + 2}
                {...(isSelected !== undefined && { "aria-selected": isSelected })}
                tabIndex={index === activeIndex ? 0 : -1}
                className={`table-row${of.onOpen ? " is-link" : ""}`}
                style={{ transform: `translateY(${start - top}px)` }}
                onFocus={() => setActive(String(key))}
                onClick={(event) => isPlainClick(event) && of.onOpen?.(row)}
              >
                {of.selection && (
                  <div role="gridcell" className="table-cell">
                    <input
                      type="checkbox"
                      tabIndex={-1}
                      checked={isSelected === true}
                      aria-label={`Select ${(of.nameOf ?? keyOf)(row)}`}
                      onChange={() => of.selection && toggle(of.selection, String(key))}
                    />
                  </div>
                )}
                {of.columns.map(({ head, cell, align, phone }) => (
                  <div key={head} role="gridcell" className={cellClass(align, phone)}>
                    {cell(row)}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
      {Boolean(of.footer) && <div className="table-more">{of.footer}</div>}
    </div>
  );
}

function AllBox({ selection, keys }: { readonly selection: Selection; readonly keys: readonly string[] }): ReactElement {
  const isAll = keys.length > 0 && keys.every((key) => selection.keys.has(key));
  return (
    <div role="columnheader" className="table-cell">
      <input
        type="checkbox"
        checked={isAll}
        aria-label="Select all that are shown"
        onChange={() => selection.onChange(new Set(isAll ? [] : keys))}
      />
    </div>
  );
}

function toggle({ keys, onChange }: Selection, key: string): void {
  const next = new Set(keys);
  if (!next.delete(key)) next.add(key);
  onChange(next);
}

function keyAt<Row>(rows: readonly Row[], keyOf: (row: Row) => string, index: number): string {
  const row = rows[index];
  return row === undefined ? String(index) : keyOf(row);
}

function cellClass(align: "end" | undefined, phone: Column<unknown>["phone"]): string {
  return `table-cell phone-${phone}${align ? " is-end" : ""}`;
}

function isRow(target: EventTarget): boolean {
  return target instanceof HTMLElement && target.role === "row";
}

/** Neither on something that does something itself, nor the end of marking text. */
function isPlainClick({ target, button, ctrlKey, metaKey, shiftKey }: MouseEvent): boolean {
  if (button !== 0 || ctrlKey || metaKey || shiftKey) return false;
  if (target instanceof Element && target.closest("a, button, input, summary, label") !== null) return false;
  return (getSelection()?.toString() ?? "") === "";
}
