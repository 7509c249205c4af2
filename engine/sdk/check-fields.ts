// Places in events that a function's expressions name, and what they are compared with: where all the events that one is asked of have Avro
// schemas, one of them has such a field, of such a type.
import { ConfigurationError } from "../core/configuration-error.ts";
import type { ProblemOfWait } from "../execution/in-process/run-host.ts";
import type { WaitForEvent } from "../execution/step-tools.ts";
import type { EventSchema } from "../schemas/avro/event-schema.ts";
import { jsonKindOf, schemaNode, type AvroNode } from "../schemas/avro/schema-node.ts";
import { referencesOf } from "../workflow/expression/check.ts";
import { comparisonsOf, type Comparison } from "../workflow/expression/comparisons.ts";
import { placesIn } from "../workflow/expression/key.ts";
import { parsePath, pathText, type Path } from "../workflow/expression/path.ts";
import type { Variable } from "../workflow/expression/rules.ts";
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
      checkCondition(trigger.if, { event: [trigger.event], async: [] }, avroOf, `${whose}: the if of trigger "${trigger.event}"`);
    }
  }
  for (const { event, match, if: condition } of spec.cancelOn ?? []) {
    const where = `${whose}: cancelOn "${event}"`;
    if (match !== undefined) {
      checkAll([parsePath(match)], [event], avroOf, `${where}: match`);
      checkAll([parsePath(match)], triggers, avroOf, `${where}: match`);
    }
    if (condition === undefined) continue;
    checkCondition(condition, { event: triggers, async: [event] }, avroOf, `${where}: if`);
  }
  for (const { where, option, text } of policyTexts(spec.flow, whose)) {
    if (CONDITIONS.has(option)) checkCondition(text, { event: triggers, async: [] }, avroOf, where);
    else if (KEYS.has(option)) checkAll(placesIn(text), triggers, avroOf, where);
  }
}

const MAX_REMEMBERED = 1_000;

/** What of a wait is not as the schemas of its event and of the one that began the run are; each wait is looked at once. */
export function waitProblems(avroOf: AvroOf): ProblemOfWait {
  const known = new Map<string, string | null>();
  return (wait, trigger) => {
    const key = JSON.stringify([wait.event, wait.match, wait.if, trigger]);
    let problem = known.get(key);
    if (problem === undefined) {
      problem = problemOfWait(wait, trigger, avroOf);
      if (known.size >= MAX_REMEMBERED) known.clear();
      known.set(key, problem);
    }
    return problem;
  };
}

function problemOfWait({ event, match, if: condition }: WaitForEvent, trigger: string, avroOf: AvroOf): string | null {
  try {
    if (match !== undefined) {
      checkAll([parsePath(match)], [event], avroOf, "match");
      checkAll([parsePath(match)], [trigger], avroOf, "match");
    }
    if (condition !== undefined) checkCondition(condition, { event: [trigger], async: [event] }, avroOf, "if");
    return null;
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
}

function policyTexts(value: unknown, where: string): readonly { readonly where: string; readonly option: string; readonly text: string }[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([option, given]: [string, unknown]) => {
    const at = Array.isArray(value) ? where : `${where}: ${option}`;
    return typeof given === "string" ? [{ where: at, option, text: given }] : policyTexts(given, at);
  });
}

/** `events`: names of those that may stand for each variable. */
function checkCondition(text: string, events: Readonly<Record<Variable, readonly string[]>>, avroOf: AvroOf, where: string): void {
  const references = referencesOf(text);
  checkAll(references.event, events.event, avroOf, where);
  checkAll(references.async, events.async, avroOf, where);
  for (const comparison of comparisonsOf(text)) {
    const { path, variable } = comparison;
    const [field, ...inner] = path;
    if (field !== "data") continue;
    const problem = inAll(events[variable], avroOf, (schema) => mismatch(typesAt(schemaNode(schema.json), inner), comparison));
    if (problem !== null) throw new ConfigurationError("INVALID_EXPRESSION", `${where}: ${pathText(path)} ${problem}`);
  }
}

function checkAll(places: readonly Path[], events: readonly string[], avroOf: AvroOf, where: string): void {
  for (const place of places) {
    const [field, ...inner] = place;
    if (field !== "data") continue;
    const problem = inAll(events, avroOf, (schema) => problemOf(schemaNode(schema.json), inner, "data", schema.event));
    if (problem !== null) throw new ConfigurationError("INVALID_EXPRESSION", `${where}: there is no ${pathText(place)}: ${problem}`);
  }
}

/** The first problem, where each event has one. Anything may be in an event without a schema. */
function inAll(events: readonly string[], avroOf: AvroOf, problemIn: (schema: EventSchema) => string | null): string | null {
  const problems = events.map((event) => {
    const schema = avroOf(event);
    return schema === null ? null : problemIn(schema);
  });
  return problems.includes(null) ? null : (problems[0] ?? null);
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

type Type = Exclude<AvroNode, { kind: "union" }>;

/** What may stand there, but for null; null where that is not known. */
function typesAt(node: AvroNode, path: Path): readonly Type[] | null {
  const [name, ...inner] = path;
  if (node.kind === "union") {
    const branches = node.branches.filter(({ kind }) => kind !== "null").map((branch) => typesAt(branch, path));
    // Further inside of several, it depends on how JSON tells them apart.
    if (branches.length > 1 && name !== undefined) return null;
    return branches.includes(null) ? null : branches.flatMap((types) => types ?? []);
  }
  if (name === undefined) return [node];
  if (node.kind === "map") return typesAt(node.values, inner);
  const field = node.kind === "record" ? node.fields.find((candidate) => candidate.name === name) : undefined;
  return field === undefined ? null : typesAt(field.type, inner);
}

const KIND_OF = { string: "text", number: "number", boolean: "boolean" } as const;

const ARTICLES = { null: "null", boolean: "a boolean", number: "a number", text: "a text", list: "a list", object: "an object" } as const;

function mismatch(types: readonly Type[] | null, { with: literal }: Comparison): string | null {
  if (types === null || types.length === 0) return null;
  const kind = KIND_OF[typeof literal as keyof typeof KIND_OF];
  const alike = types.filter((type) => jsonKindOf(type) === kind);
  if (alike.length === 0) {
    const kinds = [...new Set(types.map((type) => ARTICLES[jsonKindOf(type)]))].join(" or ");
    return `is ${kinds}, and ${JSON.stringify(literal)} is ${ARTICLES[kind]}: they never compare`;
  }
  const symbols = alike.flatMap((type) => (type.kind === "enum" ? type.symbols : []));
  if (alike.some((type) => type.kind !== "enum") || typeof literal !== "string" || symbols.includes(literal)) return null;
  return `is one of ${symbols.join(", ")}, and never ${JSON.stringify(literal)}`;
}
