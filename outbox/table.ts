// The table: a row an event, as it is to be sent. Rows are removed once they are sent, and never passed over by a number: a transaction that
// commits late may have the lower one.
import { OutboxError } from "./outbox-error.ts";

export const DEFAULT_TABLE = "outbox";

const NAME = /^[a-z_][a-z0-9_]{0,50}(\.[a-z_][a-z0-9_]{0,50})?$/;

/** Of a table: itself, where rows go that cannot be sent, and what is told when rows come. @throws OutboxError `OUTBOX_TABLE` */
export interface TableNames {
  readonly table: string;
  readonly dead: string;
  readonly channel: string;
}

export function tableNames(table: string = DEFAULT_TABLE): TableNames {
  if (!NAME.test(table)) {
    throw new OutboxError(
      "OUTBOX_TABLE",
      `${JSON.stringify(table)} is no name of a table here: small letters, digits and _, with a schema in front where it has one, e.g. shop.outbox`,
    );
  }
  return { table, dead: `${table}_dead`, channel: `${table.replace(".", "_")}_rows` };
}

/** Statements that make the table and what belongs to it; they change nothing where it is there. For a migration. @throws OutboxError `OUTBOX_TABLE` */
export function outboxSql(table: string = DEFAULT_TABLE): string {
  const { dead, channel } = tableNames(table);
  return `create table if not exists ${table} (
  id          bigserial primary key,
  event_id    text not null default gen_random_uuid()::text,
  name        text not null,
  key         text,
  data        json not null default 'null',
  time        timestamptz not null default now(),
  subject     text,
  traceparent text,
  tracestate  text,
  created_at  timestamptz not null default now()
);
-- What could not be sent, and why. Put a row back with insert into ${table} … select … when it is mended.
create table if not exists ${dead} (
  like ${table},
  reason  text not null,
  dead_at timestamptz not null default now()
);
create or replace function ${table}_told() returns trigger language plpgsql as $$
begin
  notify ${channel};
  return null;
end $$;
create or replace trigger ${channel} after insert on ${table} for each statement execute function ${table}_told();
`;
}
