// An app that does everything an app can, with a word in all that its users give it: whoever finds the word in the log has found plain data.
import { randomUUID } from "node:crypto";
import pino from "pino";
import { expect, vi } from "vitest";
import type { LogOptions } from "../../../engine/config/options.ts";
import { avro, Millrace, NonRetriableError, type Codec } from "../../../engine/sdk/index.ts";

/** Found nowhere else. */
export const WORD = "kingfisher7341";
const FUNCTIONS = 7;
/** More than an image is due after, with what is made of it. */
const LARGE = 6;

interface Word {
  readonly word: string;
}

interface Events {
  go: Word;
  told: Word;
  answered: Word;
  never: Word;
  large: { readonly text: string };
  "typed/sent": { readonly note: string };
}

export interface Everything {
  readonly app: Millrace<Events>;
  /** Called for each event: what the consumer is told. */
  readonly heard: string[];
  /** Resolves when all has been done, and an image is written. */
  readonly work: () => Promise<void>;
}

export function everything(id: string, log: LogOptions, codec: Codec | undefined): Everything {
  const heard: string[] = [];
  const ended: string[] = [];
  const app = new Millrace<Events>({
    id,
    log,
    partitions: 2,
    logger: pino({ level: "silent" }),
    stopGraceMs: 500,
    events: { "typed/sent": avro<{ note: string }>(TYPED) },
    ...(codec === undefined ? {} : { codec }),
  });
  const ends = (name: string): void => void ended.push(name);
  const child = app.createFunction({ id: "child", triggers: [] }, async ({ step, event }) => {
    const { word } = event.data as Word;
    await step.run("of the child", () => `child of ${word}`);
    return { word };
  });
  app.createFunction({ id: "steps", triggers: [{ event: "go" }], concurrency: { limit: 2, key: "event.data.word" } }, async (context) => {
    const { step } = context;
    let attempts = 0;
    await step.run({ id: "fails once", retries: 1 }, () => {
      if (++attempts === 1) throw new Error(`not yet, ${WORD}`);
      return { word: WORD };
    });
    await step.sleep("nap", 50);
    await step.iterate("slices", { from: `${WORD} 0`, next: (cursor) => ({ cursor: `${cursor}+`, done: cursor.length > 20 }) });
    await step.sendEvent("tell", { name: "told", data: { word: WORD }, key: WORD });
    await step.invoke("ask", { function: child, data: { word: WORD } });
    await step.all([(own) => own.run("one", () => WORD), (own) => own.run("two", () => WORD)]);
    await step.race({ quick: (own) => own.run("quick", () => WORD), slow: (own) => own.sleep("long", "1 hour") });
    ends("steps");
    return { word: WORD };
  });
  app.createFunction({ id: "waits", triggers: [{ event: "go" }] }, async ({ step }) => {
    await step.waitForEvent("answer", { event: "answered", match: "data.word", timeout: "1 hour" });
    await step.waitForSignal("signal", { signal: `sign of ${WORD}`, timeout: "1 hour" });
    ends("waits");
    // Open to the end, so that its cells stay.
    await step.waitForEvent("for ever", { event: "never", match: "data.word", timeout: "1 hour" });
  });
  app.createFunction(
    {
      id: "fails",
      triggers: [{ event: "go" }],
      retries: 0,
      idempotency: "event.data.word",
      onFailure: ({ step }) => step.run("after it", () => ends("fails")),
    },
    ({ step }) =>
      step.run("fail", () => {
        throw new NonRetriableError(`no ${WORD}`);
      }),
  );
  app.createFunction({ id: "debounced", triggers: [{ event: "go" }], debounce: { period: "1s", key: "event.data.word" } }, () =>
    ends("debounced"),
  );
  app.createFunction(
    { id: "batched", triggers: [{ event: "go" }], batchEvents: { maxSize: 2, timeout: "1s", key: "event.data.word" } },
    () => ends("batched"),
  );
  app.createFunction({ id: "typed", triggers: [{ event: "typed/sent" }] }, ({ event }) => {
    expect(event.data).toEqual({ note: WORD });
    ends("typed");
  });
  app.createFunction({ id: "large", triggers: [{ event: "large" }] }, async ({ step, event }) => {
    await step.run("keep", () => ({ word: WORD, of: event.id }));
    ends(`large ${event.id}`);
    await step.waitForSignal("for ever", { signal: `${WORD} ${event.id}`, timeout: "1 hour" });
  });
  app.createConsumer({
    id: "ledger",
    from: "beginning",
    events: ["go", "told"],
    key: "event.data.word",
    state: { seen: (seen: string | undefined, event) => `${seen ?? WORD} ${event.name}` },
    retries: 0,
    handle: ({ event }) => {
      heard.push(event.name);
      if (event.name === "told") throw new Error(`will not have ${WORD}`);
    },
  });
  const work = async (): Promise<void> => {
    await app.send({ name: "go", data: { word: WORD }, key: WORD });
    await vi.waitFor(() => expect(ended).toContain("steps"), { timeout: 30_000 });
    await app.send([
      { name: "answered", data: { word: WORD }, key: WORD },
      { name: "typed/sent", data: { note: WORD }, key: WORD },
      ...Array.from({ length: LARGE }, (_, n) => ({
        name: "large" as const,
        data: { text: `${WORD} `.repeat(60_000) },
        key: `${WORD} ${n % 2}`,
      })),
    ]);
    await app.signal(`sign of ${WORD}`, { word: WORD });
    await unreadable(app);
    const large = (name: string): boolean => name.startsWith("large");
    const names = (): string[] => [...ended.filter((name) => !large(name)), ...(ended.filter(large).length === LARGE ? ["large"] : [])];
    await vi.waitFor(() => expect(new Set(names()).size).toBe(FUNCTIONS), { timeout: 30_000, interval: 50 });
    await vi.waitFor(() => expect(heard).toContain("told"), { timeout: 30_000 });
    await filled(app, ["state", "dead-letter"]);
    await filled(app, ["state", "dead-letter"], "ledger.");
  };
  return { app, heard, work };
}

const TYPED = { type: "record", name: "Typed", fields: [{ name: "note", type: "string" }] } as const;

/** A record of which no event can be read: its header tells what nobody should hear, and the reason of its dead letter cites it. */
async function unreadable(app: Millrace<Events>): Promise<void> {
  const { log } = await app.parts.connect();
  const value = Buffer.from(`{ "word": ${WORD} }`);
  const headers = { ce_type: "go", ce_id: randomUUID(), ce_source: "elsewhere", "x-note": WORD };
  await log.append({ topic: app.parts.topics.events, partition: 0 }, [{ key: Buffer.from(WORD), value, headers }]);
}

/** Until something stands in each of these topics. */
async function filled(app: Millrace<Events>, purposes: readonly string[], of = ""): Promise<void> {
  const { log, partitions } = await app.parts.connect();
  for (const purpose of purposes) {
    const topic = `${app.id}.${of}${purpose}`;
    const ends = (): Promise<number[]> =>
      Promise.all(Array.from({ length: partitions }, (_, partition) => log.latestOffset({ topic, partition })));
    await vi.waitFor(async () => expect(Math.max(...(await ends())), `${topic} is empty`).toBeGreaterThan(0), {
      timeout: 45_000,
      interval: 250,
    });
  }
}
