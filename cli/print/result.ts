// The result of a command on standard output: lines of JSON for scripts, or what people read.
import { plainLines } from "../../engine/core/plain-text.ts";
import { tableLines, type Column } from "./table.ts";

export function printLines(lines: readonly string[]): void {
  if (lines.length > 0) process.stdout.write(`${lines.join("\n")}\n`);
}

/** Of others: shown and not obeyed. Its lines stay lines. */
export function printText(text: string): void {
  process.stdout.write(`${plainLines(text)}\n`);
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** `json`: a line each. `none`: what is said to people where there are none. */
export function printList<Item>(
  items: readonly Item[],
  { json, columns, none }: { readonly json: boolean; readonly columns: readonly Column<Item>[]; readonly none: string },
): void {
  if (json) for (const item of items) printJson(item);
  else if (items.length === 0) process.stderr.write(`${none}\n`);
  else printLines(tableLines(items, columns));
}
