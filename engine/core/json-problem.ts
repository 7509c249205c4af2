// Why a text is no JSON, without any of the text: what is said of it goes to logs, and the text may be anybody's data.

export function jsonProblem(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  // V8 quotes what it could not read, whole or the part around it.
  return message
    .replace(/^Unexpected token '.*$/su, "an unexpected character")
    .replace(/, (\.\.\.)?".*"(\.\.\.)? is not valid JSON$/su, " is not valid JSON");
}
