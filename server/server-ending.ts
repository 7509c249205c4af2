// Why an operation is told to stop: people say so, or the server ends, which is no wish of anybody's about what it does.

export const SERVER_ENDING = Symbol("the server ends");

export function isServerEnding(signal: AbortSignal): boolean {
  return signal.reason === SERVER_ENDING;
}
