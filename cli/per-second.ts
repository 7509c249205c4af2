// A rate, as people give it to a command: 100 or 100/s.

/** Null where the text is none. */
export function perSecond(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)(?:\/s)?$/.exec(text.trim());
  return match === null ? null : Number(match[1]);
}
