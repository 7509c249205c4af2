// What of a page stands in its address: plain names and texts, so that people can read and change it.

export function parseSearch(search: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(search));
}

export function stringifySearch(search: Record<string, unknown>): string {
  const given = Object.entries(search).flatMap(([name, value]) => (typeof value === "string" && value !== "" ? [[name, value]] : []));
  return given.length === 0 ? "" : `?${new URLSearchParams(given).toString()}`;
}

/** More than that nobody types, and the API takes of none. */
const LONGEST = 1_000;
const LONGEST_SEARCH = 200;

/** For `validateSearch`: these names, others are forgotten. */
export function searchOf<Name extends string>(
  ...names: readonly Name[]
): (search: Record<string, unknown>) => { [Each in Name]?: string | undefined } {
  return (search) => {
    const found: { [Each in Name]?: string } = {};
    for (const name of names) {
      const value = search[name];
      if (typeof value === "string" && value !== "") found[name] = value.slice(0, name === "search" ? LONGEST_SEARCH : LONGEST);
    }
    return found;
  };
}
