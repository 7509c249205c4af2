// What the browser remembers for this page. Where it is told to remember nothing, it forgets: that is no reason to show nothing.

export type Keeping = "tab" | "browser";

export function remembered(where: Keeping, key: string): string | null {
  try {
    return storageOf(where).getItem(key);
  } catch {
    return null;
  }
}

/** Null forgets it. */
export function remember(where: Keeping, key: string, value: string | null): void {
  try {
    if (value === null) storageOf(where).removeItem(key);
    else storageOf(where).setItem(key, value);
  } catch {
    // It holds until the page is loaded anew.
  }
}

function storageOf(where: Keeping): Storage {
  return where === "tab" ? sessionStorage : localStorage;
}
