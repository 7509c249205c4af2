// Times as RFC 3339 text. Making it takes longer than all the rest of a record, and the same millisecond comes in crowds.

let lastTime = Number.NaN;
let lastText = "";

/** `time` in milliseconds since 1970, one that a date has. */
export function isoTime(time: number): string {
  if (time !== lastTime) {
    lastText = new Date(time).toISOString();
    lastTime = time;
  }
  return lastText;
}
