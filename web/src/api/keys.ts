// What answers of the server are kept under, so that live messages can say which of them are stale. A key may go on behind these words.

export const KEYS = {
  app: ["app"],
  runs: ["runs"],
  run: ["run"],
  events: ["events"],
  eventTypes: ["event-types"],
  functions: ["functions"],
  lag: ["lag"],
  consumers: ["consumers"],
  deadLetters: ["dead-letters"],
  replays: ["replays"],
  operations: ["operations"],
  partitions: ["partitions"],
  audit: ["audit"],
} as const satisfies Readonly<Record<string, readonly string[]>>;
