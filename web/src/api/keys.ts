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
  /** What owners answer is a record in a journal, which live messages tell of: under a key of its own it is not asked for again by that. */
  consumersOwners: ["consumers-owners"],
  deadLetters: ["dead-letters"],
  replays: ["replays"],
  backfills: ["backfills"],
  operations: ["operations"],
  partitions: ["partitions"],
  audit: ["audit"],
  /** Of what somebody is asked to confirm: it is not to change while they read it. */
  preview: ["preview"],
} as const satisfies Readonly<Record<string, readonly string[]>>;
