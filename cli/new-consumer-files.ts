// The files of a new consumer service. They are the reader's first: short, complete, and meant to be changed.

export interface NewConsumer {
  /** Also the consumer's id. */
  readonly name: string;
  readonly app: string;
  /** Names of the events that it reads. At least one. */
  readonly events: readonly string[];
}

/** Name of the file → text. */
export function consumerFiles(consumer: NewConsumer): Readonly<Record<string, string>> {
  const { name } = consumer;
  return { [`${name}.ts`]: consumerText(consumer), "service.ts": serviceText(consumer), [`${name}.test.ts`]: testText(consumer) };
}

function consumerText({ name, events }: NewConsumer): string {
  return `// ${name}: counts events by key, and tells of each. Change what it keeps and what it does.
import type { Consumer, EventView, Millrace } from "millrace";

/** The events that it reads, and the data they carry. \`npx millrace schemas generate\` writes such a map from your schemas. */
export interface Events {
${events.map((event) => `  ${text(event)}: { readonly amount: number };`).join("\n")}
}

/** What it keeps for each key. */
export interface Totals {
  readonly count: number;
  readonly amount: number;
}

/** What the outside offers it: given from outside, so that tests can give something else. */
export interface Services {
  /** May be called again for the same event: \`idempotencyKey\` is then the same. */
  tell(line: string, idempotencyKey: string): Promise<void> | void;
}

/** The next value of a key: computed, and nothing else. Each event counts in it exactly once, whatever crashes. */
export function addUp(before: Totals | undefined, event: EventView<string, Events[keyof Events]>): Totals {
  return { count: (before?.count ?? 0) + 1, amount: (before?.amount ?? 0) + event.data.amount };
}

/** Adds the consumer to an app: to that of its own service, or to one that does other things, too. */
export function ${functionName(name)}(app: Millrace<Events>, services: Services): Consumer<{ totals: Totals }> {
  return app.createConsumer({
    id: ${text(name)},
    events: [${events.map(text).join(", ")}],
    // All that the topic still has. "now" begins with what comes.
    from: "beginning",
    state: { totals: addUp },
    // Called at least once for each event, in the order of its key. What it throws is tried again, and at last set aside as a dead letter.
    handle: async ({ event, state, idempotencyKey }) => {
      await services.tell(\`\${event.key ?? event.id}: \${state.totals?.count} events, \${state.totals?.amount} in all\`, idempotencyKey);
    },
  });
}
`;
}

function serviceText({ name, app }: NewConsumer): string {
  return `// The service that runs ${name}. Start as many as you like: they share the work. \`npx millrace worker\` takes this file.
//
// On Kafka it is a process of its own: set MILLRACE_BROKERS. An embedded log is for one process: there, add the consumer to the app that has it.
import { Millrace } from "millrace";
import { ${functionName(name)}, type Events } from "./${name}.ts";

export const app = new Millrace<Events>({ id: ${text(app)} });

export const consumer = ${functionName(name)}(app, { tell: (line) => console.log(line) });
`;
}

function testText({ name, events: [event = ""] }: NewConsumer): string {
  return `// What ${name} keeps and does, on the real engine with a log in memory: \`node --test\`
import assert from "node:assert/strict";
import { test } from "node:test";
import { Millrace } from "millrace";
import { ${functionName(name)}, type Events } from "./${name}.ts";

test("adds up the events of each key, and tells of each", async (context) => {
  const told: string[] = [];
  const app = new Millrace<Events>({ id: "test" });
  const consumer = ${functionName(name)}(app, { tell: (line) => void told.push(line) });
  const t = await Millrace.testing(app);
  context.after(() => t.stop());

  await t.send([
    { name: ${text(event)}, key: "a", data: { amount: 10 } },
    { name: ${text(event)}, key: "b", data: { amount: 5 } },
    { name: ${text(event)}, key: "a", data: { amount: 2 } },
  ]);

  assert.deepEqual(await t.consumer(consumer).get("totals", "a"), { count: 2, amount: 12 });
  assert.deepEqual(told.toSorted(), ["a: 1 events, 10 in all", "a: 2 events, 12 in all", "b: 1 events, 5 in all"]);
});

test("what fails is tried again, and counts once", async (context) => {
  const keys: string[] = [];
  const app = new Millrace<Events>({ id: "test" });
  const consumer = ${functionName(name)}(app, {
    tell: (_, idempotencyKey) => {
      keys.push(idempotencyKey);
      if (keys.length === 1) throw new Error("busy");
    },
  });
  const t = await Millrace.testing(app);
  context.after(() => t.stop());

  await t.send({ name: ${text(event)}, key: "a", data: { amount: 10 } });
  await t.advance("1 minute");

  assert.equal(keys.length, 2);
  assert.equal(keys[0], keys[1]);
  assert.deepEqual(await t.consumer(consumer).get("totals", "a"), { count: 1, amount: 10 });
});
`;
}

function text(value: string): string {
  return JSON.stringify(value);
}

/** Names that a module cannot give a function of its own, or that the files above use for something else. */
const TAKEN = new Set(
  (
    "arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for " +
    "function if implements import in interface let new null package private protected public return static super switch this throw true " +
    "try typeof undefined var void while with yield addUp app assert consumer console test"
  ).split(" "),
);

function functionName(name: string): string {
  const camel = camelCase(name);
  return TAKEN.has(camel) ? `${camel}Consumer` : camel;
}

function camelCase(name: string): string {
  return name.replaceAll(/[-_]+(\w?)/g, (_, letter: string) => letter.toUpperCase()).replace(/^[A-Z]/, (letter) => letter.toLowerCase());
}
