// What a cell of flow says at a time.
import type { FlowCell } from "../state.ts";

/** Nothing from `until` on, be the cell forgotten by then or not: so it does not matter when it is forgotten. */
export function said(cell: FlowCell | undefined, now: number): readonly number[] {
  return cell !== undefined && cell.until > now ? cell.numbers : [];
}
