// The face of "millrace/outbox".
export { insertOutbox } from "./insert.ts";
export { OutboxError, type OutboxErrorCode } from "./outbox-error.ts";
export type { Connection, Queries } from "./postgres.ts";
export type { Sender } from "./forward.ts";
export { createRelay, outboxBacklog, type OutboxBacklog, type Relay, type RelayOptions, type RelayStatus } from "./relay.ts";
export { outboxSql } from "./table.ts";
