// Two texts side by side, line by line: what is the same stands next to each other.

export interface DiffRow {
  readonly kind: "same" | "changed" | "removed" | "added";
  /** Null: the other side alone has a line here. */
  readonly left: string | null;
  readonly right: string | null;
}

/** Comparing takes as many cells as one side's lines times the other's; beyond this, lines are paired by their place. */
const MAX_CELLS = 4_000_000;

export function diffLines(left: readonly string[], right: readonly string[]): readonly DiffRow[] {
  let begin = 0;
  while (begin < left.length && begin < right.length && left[begin] === right[begin]) begin++;
  let end = 0;
  while (end < left.length - begin && end < right.length - begin && left.at(-1 - end) === right.at(-1 - end)) end++;
  const inner = between(left.slice(begin, left.length - end), right.slice(begin, right.length - end));
  return [...left.slice(0, begin).map(same), ...inner, ...left.slice(left.length - end).map(same)];
}

/** JSON over several lines, its names in order, as they mean the same in any; a text that is none, or was cut, as it is. */
export function linesOf(text: string): readonly string[] {
  try {
    return JSON.stringify(ordered(JSON.parse(text)), null, 2).split("\n");
  } catch {
    return text.split("\n");
  }
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, ordered(inner)]),
  );
}

function between(left: readonly string[], right: readonly string[]): readonly DiffRow[] {
  if (left.length * right.length > MAX_CELLS) return paired(left, right);
  const kept = commonLines(left, right);
  const rows: DiffRow[] = [];
  let [a, b] = [0, 0];
  for (const [i, j] of [...kept, [left.length, right.length] as const]) {
    rows.push(...paired(left.slice(a, i), right.slice(b, j)));
    const line = left[i];
    if (line !== undefined) rows.push(same(line));
    [a, b] = [i + 1, j + 1];
  }
  return rows;
}

/** Places of the longest sequence of lines that both have. */
function commonLines(left: readonly string[], right: readonly string[]): readonly (readonly [number, number])[] {
  const width = right.length + 1;
  const lengths = new Uint32Array((left.length + 1) * width);
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  for (let i = left.length - 1; i >= 0; i--) {
    for (let j = right.length - 1; j >= 0; j--) {
      lengths[i * width + j] = left[i] === right[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const kept: (readonly [number, number])[] = [];
  for (let i = 0, j = 0; i < left.length && j < right.length;) {
    if (left[i] === right[j]) kept.push([i++, j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return kept;
}

function paired(left: readonly string[], right: readonly string[]): readonly DiffRow[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, index): DiffRow => {
    const [a, b] = [left[index] ?? null, right[index] ?? null];
    if (a === null) return { kind: "added", left: null, right: b };
    return b === null ? { kind: "removed", left: a, right: null } : { kind: "changed", left: a, right: b };
  });
}

function same(line: string): DiffRow {
  return { kind: "same", left: line, right: line };
}
