// The face of "millrace/outbox".
export { insertOutbox } from "./insert.ts";
export { OutboxError, type OutboxErrorCode } from "./outbox-error.ts";
export type { Connection, Queries } from "./postgres.ts";
export { createRelay, outboxBacklog, type OutboxBacklog, type Relay, type RelayOptions, type RelayStatus, type Sender } from "./relay.ts";
export { outboxSql } from "./table.ts";
