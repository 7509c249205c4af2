// Schemas for tests of registries: versions of one event.
import { parseEventSchema, type EventSchema } from "../../../../engine/schemas/avro/event-schema.ts";

type Field = readonly [name: string, type: unknown, defaultValue?: unknown];

export function orderSchema(...fields: readonly Field[]): EventSchema {
  const shapes = fields.map(([name, type, value]) => ({ name, type, ...(value === undefined ? {} : { default: value }) }));
  return parseEventSchema({ type: "record", name: "shop.Order", event: "order/placed", fields: shapes }, "a test");
}

export const ORDER_V1 = orderSchema(["id", "string"], ["total", "long"]);
/** Reads what version 1 wrote. */
export const ORDER_V2 = orderSchema(["id", "string"], ["total", "long"], ["currency", "string", "EUR"]);
/** Does not. */
export const ORDER_BROKEN = orderSchema(["id", "string"], ["total", "long"], ["customer", "string"]);
