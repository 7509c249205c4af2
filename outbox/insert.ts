// Writes an event into the outbox, in the transaction of the caller.
import type { AnyEvents, EventToSend } from "../engine/execution/event-map.ts";
import type { Queries } from "./postgres.ts";
import { DEFAULT_TABLE, tableNames } from "./table.ts";

/**
 * The event is sent if and only if the transaction commits. With an `id` it counts once within 24 hours, however often it is inserted; without,
 * it gets one of its own. `client` is the connection in whose transaction the rest is written. Returns the event's id. @throws OutboxError
 * `OUTBOX_TABLE`, what the driver throws
 */
export async function insertOutbox<Events extends object = AnyEvents>(
  client: Queries,
  event: EventToSend<Events>,
  options: { readonly table?: string } = {},
): Promise<string> {
  const { table } = tableNames(options.table ?? DEFAULT_TABLE);
  const { name, data, key, id, time, subject, traceparent, tracestate } = event;
  const { rows } = await client.query(
    `insert into ${table} (name, key, data, event_id, time, subject, traceparent, tracestate)
     values ($1, $2, $3, coalesce($4, gen_random_uuid()::text), coalesce($5, now()), $6, $7, $8) returning event_id`,
    [
      name,
      key ?? null,
      JSON.stringify(data ?? null),
      id ?? null,
      time === undefined ? null : new Date(time),
      subject ?? null,
      traceparent ?? null,
      tracestate ?? null,
    ],
  );
  return String(rows[0]?.["event_id"]);
}
