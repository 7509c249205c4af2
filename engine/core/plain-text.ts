// Text of others on a terminal: what would move its cursor or change its colours is shown and not obeyed.

// oxlint-disable-next-line no-control-regex -- it is what this file is about
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** On one line. */
export function plainText(text: string): string {
  return text.replaceAll(CONTROL, (character) =>
    character === "\n" || character === "\t" || character === "\r" ? " " : escaped(character),
  );
}

/** Its lines stay lines, and its tabs tabs. */
export function plainLines(text: string): string {
  return text.replaceAll(CONTROL, (character) => (character === "\n" || character === "\t" ? character : escaped(character)));
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
