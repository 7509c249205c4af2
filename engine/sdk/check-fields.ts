// Places in events that a function's expressions name: where all the events that one is asked of have Avro schemas, one of them has the field.
import { ConfigurationError } from "../core/configuration-error.ts";
import type { EventSchema } from "../schemas/avro/event-schema.ts";
import { schemaNode, type AvroNode } from "../schemas/avro/schema-node.ts";
import { referencesOf } from "../workflow/expression/check.ts";
import { placesIn } from "../workflow/expression/key.ts";
import { parsePath, pathText, type Path } from "../workflow/expression/path.ts";
import type { FunctionSpec } from "../workflow/trigger/manifest.ts";

/** Null for an event without an Avro schema. */
export type AvroOf = (event: string) => EventSchema | null;

/** An expression of a policy, by the option that holds it. */
const CONDITIONS: ReadonlySet<string> = new Set(["if"]);
const KEYS: ReadonlySet<string> = new Set(["key", "weight", "idempotency", "priority"]);

/** `whose` names the function, for messages. @throws ConfigurationError `INVALID_EXPRESSION` */
export function checkFields(spec: FunctionSpec, avroOf: AvroOf, whose: string): void {
  const triggers: string[] = [];
  for (const trigger of spec.triggers) {
    if (typeof trigger === "string") triggers.push(trigger);
    else if ("cron" in trigger) triggers.push("");
    else {
      triggers.push(trigger.event);
      checkAll(referencesOf(trigger.if).event, [trigger.event], avroOf, `${whose}: the if of trigger "${trigger.event}"`);
    }
  }
  for (const { event, match, if: condition } of spec.cancelOn ?? []) {
    const where = `${whose}: cancelOn "${event}"`;
    if (match !== undefined) {
      checkAll([parsePath(match)], [event], avroOf, `${where}: match`);
      checkAll([parsePath(match)], triggers, avroOf, `${where}: match`);
    }
    if (condition === undefined) continue;
    const { event: began, async } = referencesOf(condition);
    checkAll(began, triggers, avroOf, `${where}: if`);
    checkAll(async, [event], avroOf, `${where}: if`);
  }
  for (const { where, places } of policyPlaces(spec.flow, whose)) checkAll(places, triggers, avroOf, where);
}

function policyPlaces(value: unknown, where: string): readonly { readonly where: string; readonly places: readonly Path[] }[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([option, given]: [string, unknown]) => {
    const at = Array.isArray(value) ? where : `${where}: ${option}`;
    if (typeof given !== "string") return policyPlaces(given, at);
    if (CONDITIONS.has(option)) return [{ where: at, places: referencesOf(given).event }];
    return KEYS.has(option) ? [{ where: at, places: placesIn(given) }] : [];
  });
}

/** Anything may be in an event without a schema. */
function checkAll(places: readonly Path[], events: readonly string[], avroOf: AvroOf, where: string): void {
  const schemas = events.map(avroOf);
  if (schemas.length === 0 || schemas.includes(null)) return;
  for (const place of places) {
    const [field, ...inner] = place;
    if (field !== "data") continue;
    const problems = schemas.map((schema) => (schema === null ? null : problemOf(schemaNode(schema.json), inner, "data", schema.event)));
    const [problem] = problems;
    if (problem === null || problem === undefined || problems.includes(null)) continue;
    throw new ConfigurationError("INVALID_EXPRESSION", `${where}: there is no ${pathText(place)}: ${problem}`);
  }
}

/** Null where there is such a place, or may be. */
function problemOf(node: AvroNode, [name, ...inner]: Path, where: string, event: string): string | null {
  if (name === undefined) return null;
  switch (node.kind) {
    case "record": {
      const found = node.fields.find((field) => field.name === name);
      if (found !== undefined) return problemOf(found.type, inner, `${where}.${name}`, event);
      return `by the schema of ${event}, ${where} has ${node.fields.map((field) => field.name).join(", ") || "no fields"}`;
    }
    case "map":
      return problemOf(node.values, inner, `${where}.${name}`, event);
    case "union": {
      const branches = node.branches.filter(({ kind }) => kind !== "null");
      const [only] = branches;
      return branches.length === 1 && only !== undefined ? problemOf(only, [name, ...inner], where, event) : null;
    }
    case "array":
      return `by the schema of ${event}, ${where} is a list; ask about its items, as in event.${where}.exists(item, item.${name} == 1)`;
    default:
      return `by the schema of ${event}, ${where} is no record`;
  }
}
