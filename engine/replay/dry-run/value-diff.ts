// Where two JSON values differ, by path.

export interface ValueDifference {
  /** Such as `lines[2].vat`; empty for the whole value. */
  readonly path: string;
  /** JSON; null where there is nothing. */
  readonly was: string | null;
  readonly is: string | null;
}

/** At most `max` of them. Texts that are no JSON, since they were cut, differ as a whole. */
export function valueDifferences(was: string | null, is: string | null, max: number): readonly ValueDifference[] {
  const found: ValueDifference[] = [];
  const [before, after] = [parsed(was), parsed(is)];
  if (before === null || after === null) return [{ path: "", was, is }];
  compare(before.value, after.value, "", found, max);
  return found;
}

function compare(was: unknown, is: unknown, path: string, found: ValueDifference[], max: number): void {
  if (found.length >= max || Object.is(was, is)) return;
  const [before, after] = [partsOf(was), partsOf(is)];
  if (before === null || after === null || Array.isArray(was) !== Array.isArray(is)) {
    found.push({ path, was: text(was), is: text(is) });
    return;
  }
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const below = Array.isArray(was) ? `${path}[${name}]` : path === "" ? name : `${path}.${name}`;
    compare(own(before, name), own(after, name), below, found, max);
  }
}

function parsed(json: string | null): { readonly value: unknown } | null {
  if (json === null) return { value: undefined };
  try {
    return { value: JSON.parse(json) as unknown };
  } catch {
    return null;
  }
}

function partsOf(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : null;
}

function own(parts: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(parts, name) ? parts[name] : undefined;
}

function text(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
