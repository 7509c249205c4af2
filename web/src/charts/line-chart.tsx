// Lines over time, with the same as a table for those who do not see them.
import "./charts.css";

import { useId, useLayoutEffect, useRef, useState, type ReactNode, type RefObject } from "react";

import { SmallTable } from "../components/small-table.tsx";
import { clockTime } from "../text/time.ts";
import { place, shortNumber, ticksTo } from "./scale.ts";

export interface Point {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly value: number;
}
export interface Line {
  readonly name: string;
  /** Where a line has a meaning of its own, it has the colour that this has everywhere. */
  readonly tone?: "good" | "bad";
  /** Oldest first. */
  readonly points: readonly Point[];
}

/** Until it is known how much room there is. */
const USUAL_WIDTH = 640;
const HEIGHT = 180;
const LEFT = 44;
const RIGHT = 8;
const TOP = 8;
const BOTTOM = 22;
/** Lines are told apart by colour and by dashes. */
export const LINE_STYLES = 4;
/** Rows of the table: a point every few minutes tells as much as one every ten seconds. */
const ROWS = 12;

export function LineChart(props: {
  readonly title: string;
  readonly description: string;
  /** Of what the values are: `events`. */
  readonly unit: string;
  readonly lines: readonly Line[];
}): ReactNode {
  const { title, description, unit, lines } = props;
  const [figure, width] = useWidth();
  const [titleId, descriptionId] = [useId(), useId()];
  const times = lines.flatMap(({ points }) => points.map(({ at }) => at));
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const ticks = ticksTo(Math.max(0, ...lines.flatMap(({ points }) => points.map(({ value }) => value))));
  const top = ticks.at(-1) ?? 1;
  const x = (at: number): number => place(at, from, to, LEFT, width - RIGHT);
  const y = (value: number): number => place(value, 0, top, HEIGHT - BOTTOM, TOP);
  return (
    <figure className="chart" ref={figure}>
      <svg viewBox={`0 0 ${width} ${HEIGHT}`} height={HEIGHT} role="img" aria-labelledby={`${titleId} ${descriptionId}`}>
        <title id={titleId}>{title}</title>
        <desc id={descriptionId}>{description}</desc>
        {ticks.map((tick) => (
          <g key={tick}>
            <line className="chart-grid" x1={LEFT} x2={width - RIGHT} y1={y(tick)} y2={y(tick)} />
            <text className="chart-label" x={LEFT - 6} y={y(tick) + 4} textAnchor="end">
              {shortNumber(tick)}
            </text>
          </g>
        ))}
        {times.length > 0 &&
          [from, (from + to) / 2, to].map((at, index) => (
            <text key={index} className="chart-label" x={x(at)} y={HEIGHT - 6} textAnchor={ANCHORS[index]}>
              {to - from > 600_000 ? clockTime(at).slice(0, 5) : clockTime(at)}
            </text>
          ))}
        {lines.map(({ name, points, tone }, index) => (
          <g key={name} className={lineClass(index, tone)}>
            <polyline points={points.map(({ at, value }) => `${x(at)},${y(value)}`).join(" ")} />
            {points.length === 1 && points[0] !== undefined && <circle cx={x(points[0].at)} cy={y(points[0].value)} r={3} />}
          </g>
        ))}
      </svg>
      <figcaption>
        {lines.length > 1 && (
          <ul className="chart-legend">
            {lines.map(({ name, tone }, index) => (
              <li key={name}>
                <svg width={22} height={10} viewBox="0 0 22 10" aria-hidden="true" className={lineClass(index, tone)}>
                  <line x1={0} x2={22} y1={5} y2={5} />
                </svg>
                {name}
              </li>
            ))}
          </ul>
        )}
        <details>
          <summary>As a table</summary>
          <SmallTable
            label={`${title}, as a table`}
            columns={[
              { head: "Time", cell: (at) => clockTime(at) },
              ...lines.map(({ name, points }) => ({ head: `${name} (${unit})`, cell: (at: number) => valueAt(points, at) ?? "–" })),
            ]}
            rows={rowTimes(from, to, times.length)}
            keyOf={(at) => at}
          />
        </details>
      </figcaption>
    </figure>
  );
}

/** Letters are as large in a wide chart as in a narrow one: what is drawn is as wide as there is room. */
function useWidth(): readonly [RefObject<HTMLElement | null>, number] {
  const element = useRef<HTMLElement>(null);
  const [width, setWidth] = useState(USUAL_WIDTH);
  useLayoutEffect(() => {
    const { current } = element;
    if (current === null) return undefined;
    const observer = new ResizeObserver(([entry]) => entry !== undefined && setWidth(Math.max(200, Math.round(entry.contentRect.width))));
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  return [element, width];
}

function lineClass(index: number, tone: Line["tone"]): string {
  return `chart-line chart-line-${index % LINE_STYLES}${tone === undefined ? "" : ` chart-line-${tone}`}`;
}

const ANCHORS = ["start", "middle", "end"] as const;

function rowTimes(from: number, to: number, count: number): readonly number[] {
  if (count === 0) return [];
  if (from === to) return [from];
  const rows = Math.min(ROWS, count);
  return Array.from({ length: rows }, (_, index) => from + ((to - from) * index) / Math.max(1, rows - 1));
}

/** The last that was known by then. */
function valueAt(points: readonly Point[], at: number): number | undefined {
  return points.findLast((point) => point.at <= at)?.value;
}
