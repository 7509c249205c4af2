// Rows stand in the image by their numbers, a hundred a cell.
const ROWS_A_CELL = 100;

export const ROWS_PREFIX = "flow/rows/";

export function bucketOf(number: number): number {
  return Math.floor(number / ROWS_A_CELL);
}

export function bucketKey(number: number): string {
  return `${ROWS_PREFIX}${bucketOf(number)}`;
}
