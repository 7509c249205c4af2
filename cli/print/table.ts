// A table for people: aligned, as wide as the terminal, with colours on a terminal alone.
import picocolors from "picocolors";
import { plainText } from "../../engine/core/plain-text.ts";
import { cutTo, widthOf } from "./text-width.ts";

export type Paint = (text: string) => string;

export interface Cell {
  readonly text: string;
  readonly paint?: (colors: Colors) => Paint;
}

export interface Column<Item> {
  readonly head: string;
  readonly of: (item: Item) => string | Cell;
  readonly align?: "right";
  /** Gives way where the terminal is too narrow; the last such column first. */
  readonly mayShrink?: true;
}

export interface TableOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export type Colors = ReturnType<typeof picocolors.createColors>;

const GAP = "  ";
const NARROWEST = 8;

/** Where it is no terminal, nothing is cut: what reads it may want all of it. */
export function tableLines<Item>(items: readonly Item[], columns: readonly Column<Item>[], output: TableOutput = process.stdout): string[] {
  const colors = colorsFor(output);
  const rows = items.map((item) => columns.map(({ of }) => cellOf(of(item))));
  const wanted = columns.map(({ head }, index) => Math.max(widthOf(head), ...rows.map((row) => widthOf(row[index]?.text ?? ""))));
  const widths = fitting(wanted, columns, output);
  const line = (cells: readonly Cell[]): string =>
    cells
      .map(({ text, paint }, index) => {
        const width = widths[index] ?? 0;
        const cut = cutTo(text, width);
        const space = " ".repeat(Math.max(0, width - widthOf(cut)));
        const painted = paint === undefined ? cut : paint(colors)(cut);
        if (columns[index]?.align === "right") return space + painted;
        return index === cells.length - 1 ? painted : painted + space;
      })
      .join(GAP)
      .trimEnd();
  return [line(columns.map(({ head }) => ({ text: head, paint: (color) => color.dim }))), ...rows.map((row) => line(row))];
}

export function colorsFor(output: TableOutput = process.stdout): Colors {
  const { NO_COLOR: no, TERM: term } = process.env;
  return picocolors.createColors(output.isTTY === true && (no === undefined || no === "") && term !== "dumb");
}

function cellOf(value: string | Cell): Cell {
  const cell = typeof value === "string" ? { text: value } : value;
  return { ...cell, text: plainText(cell.text) };
}

function fitting<Item>(wanted: readonly number[], columns: readonly Column<Item>[], { isTTY, columns: room }: TableOutput): number[] {
  const widths = [...wanted];
  // A terminal that does not say how wide it is, as in some containers, says 0.
  if (isTTY !== true || room === undefined || room === 0) return widths;
  let over = widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1)) - room;
  for (let index = columns.length - 1; index >= 0 && over > 0; index--) {
    if (columns[index]?.mayShrink !== true) continue;
    const width = widths[index] ?? 0;
    const less = Math.min(over, Math.max(0, width - NARROWEST));
    widths[index] = width - less;
    over -= less;
  }
  return widths;
}
