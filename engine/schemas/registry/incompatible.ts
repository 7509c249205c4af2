// A schema that a subject's mode does not allow, told to people: which field, who could not read what, and what to do.
import { incompatibilityShown, type Compatibility, type Incompatibility } from "../avro/compatibility.ts";
import type { EventSchema } from "../avro/event-schema.ts";
import { SchemaError } from "../schema-error.ts";

export interface Refusal {
  readonly subject: string;
  readonly schema: EventSchema;
  readonly mode: Compatibility;
  /** Empty where only the registry knows. */
  readonly problems: readonly Incompatibility[];
  /** Who refuses. */
  readonly place: string;
  /** What the registry said itself. */
  readonly cause?: Error;
}

const TOLD = 10;

export function incompatible({ subject, schema, mode, problems, place, cause }: Refusal): SchemaError {
  const told = problems.slice(0, TOLD).map(incompatibilityShown);
  const more = problems.length > TOLD ? [`and ${problems.length - TOLD} more`] : [];
  const why = problems.length > 0 ? [...told, ...more].join("; ") : (cause?.message ?? "it does not say why");
  return new SchemaError(
    "SCHEMA_INCOMPATIBLE",
    `${place} refuses the new schema of ${schema.event} (subject ${subject}, mode ${mode}): ${why}. ` +
      "Change it so that both can be read, e.g. give a new field a default, or give the event a new name",
    { ...(problems[0] === undefined ? {} : { path: problems[0].path }), ...(cause === undefined ? {} : { cause }) },
  );
}
