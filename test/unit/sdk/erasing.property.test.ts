// Random histories with erasures and restarts in between: nothing of a subject is plain in any topic, code sees nothing of who was erased, and the
// state of the live tasks is what a process that never had a key makes of the journal.
import fc from "fast-check";
import { pino } from "pino";
import { expect, test } from "vitest";
import { Millrace, NonRetriableError } from "../../../engine/sdk/index.ts";
import { restore } from "../../../engine/task/restore.ts";
import { stateDigest } from "../../../engine/task/state-digest.ts";
import { emptyState } from "../../../engine/workflow/state.ts";
import { FakeClock, settling, turns } from "../../support/fake-clock.ts";
import { SimulatedLog } from "../../support/simulated-log.ts";
import { untilMet } from "../../support/rounds.ts";

const SUBJECTS = 3;
const PARTITIONS = 2;

/** `secret`: nobody may find it. `generation`: how often its subject had been erased before it was sent. */
interface Data {
  readonly secret: string;
  readonly subject: number;
  readonly generation: number;
}
type Events = Record<"came" | "paid" | "told" | "batched" | "plain" | "noted", Data>;

type Op =
  | { readonly kind: "send"; readonly event: "came" | "paid" | "batched" | "plain"; readonly subject: number }
  | { readonly kind: "signal"; readonly subject: number }
  | { readonly kind: "erase"; readonly subject: number }
  | { readonly kind: "pass"; readonly ms: number }
  | { readonly kind: "restart" };

const subject = fc.nat(SUBJECTS - 1);
const op: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("send" as const),
      event: fc.constantFrom("came" as const, "came" as const, "paid" as const, "batched" as const, "plain" as const),
      subject,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("signal" as const), subject }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("erase" as const), subject }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.constantFrom(0, 50, 2_000, 30_000, 200_000) }) },
  { weight: 1, arbitrary: fc.constant({ kind: "restart" as const }) },
);

const covered = { erased: 0, opened: 0, failed: 0, restarts: 0, refused: 0 };

class History {
  readonly clock = new FakeClock();
  readonly #log: SimulatedLog;
  readonly #erased = Array.from({ length: SUBJECTS }, () => 0);
  readonly #violations: string[] = [];
  readonly lines: string[] = [];
  #app: Millrace<Events> | null = null;
  #sent = 0;

  constructor(log: SimulatedLog, clock: FakeClock) {
    this.#log = log;
    this.clock = clock;
  }

  /** What code does with whatever it is given. */
  #see(data: Data | null | undefined): string {
    if (data === null || data === undefined) return "nothing";
    covered.opened += 1;
    if (data.generation < (this.#erased[data.subject] ?? 0)) this.#violations.push(`${JSON.stringify(data)} was seen after it was erased`);
    return data.secret;
  }

  async start(): Promise<void> {
    const logger = pino({ level: "debug" }, { write: (line: string) => void this.lines.push(line) });
    const app = new Millrace<Events>(
      {
        id: "app",
        partitions: PARTITIONS,
        stopGraceMs: 0,
        erasable: true,
        logger,
        onAlert: (alert) => void this.lines.push(JSON.stringify(alert)),
      },
      { log: this.#log, clock: this.clock },
    );
    app.createFunction(
      {
        id: "chain",
        triggers: [{ event: "came", if: "event.data.subject >= 0" }],
        retries: 1,
        onFailure: async ({ event, step }) => step.run("mourn", () => this.#see((event.data as { event?: { data?: Data } }).event?.data)),
      },
      async ({ event, step, attempt }) => {
        const secret = this.#see(event.data);
        const first = await step.run("first", () => `first of ${secret}`);
        await step.sendEvent("tell", { name: "told", data: event.data });
        await step.sleep("nap", 1_000);
        this.#see(event.data);
        const paid = await step.waitForEvent("paid", { event: "paid", match: "data.subject", timeout: "2 minutes" });
        if (paid !== null) this.#see(paid.data);
        const child = await step.invoke("child", { function: "child", data: { ...event.data, secret: first } });
        this.#see(event.data);
        if (attempt === 0 || event.data.subject === 2) throw new Error(`no luck with ${secret}, ${String(child)}`);
        return { first, paid, child };
      },
    );
    app.createFunction({ id: "child", triggers: [] }, async ({ event, step }) => {
      const data = event.data as Data;
      const secret = this.#see(data);
      return step.run("answer", () => {
        if (data.subject === 1) throw new NonRetriableError(`child of ${secret}`);
        return `answer of ${secret}`;
      });
    });
    app.createFunction({ id: "told", triggers: [{ event: "told" }] }, ({ event }) => this.#see(event.data));
    app.createFunction(
      { id: "batch", triggers: [{ event: "batched" }], batchEvents: { maxSize: 3, timeout: 1_000, key: "event.data.subject" } },
      async (context) => {
        const secrets = context.events.map(({ data }) => this.#see(data));
        return context.step.run("all", () => secrets.join());
      },
    );
    // Its own event is about nobody, and what it learns is.
    app.createFunction({ id: "learns", triggers: [{ event: "plain" }], retries: 0 }, async ({ event, step }) => {
      const paid = await step.waitForEvent("paid", { event: "paid", match: "data.subject", timeout: "2 minutes" });
      const signal =
        paid === null ? null : await step.waitForSignal("signal", { signal: `for ${event.data.subject}`, timeout: "2 minutes" });
      // As it is given: what a body has that waits to be called, it has.
      const learned = `${this.#see(paid?.data)} ${this.#see((signal as { data: Data } | null)?.data)}`;
      const told = await step.run("keep", () => learned);
      await step.sendEvent("note", { name: "noted", data: { ...event.data, secret: told } });
      throw new Error(`learned ${told}`);
    });
    app.createConsumer({
      id: "seen",
      events: ["came", "paid"],
      from: "beginning",
      key: "event.data.subject",
      retries: 1,
      state: {
        last: (_: string | undefined, { data }: { data: Data }) => {
          if (data.secret.endsWith("7")) throw new Error(`no state of ${data.secret}`);
          return this.#see(data);
        },
      },
      handle: ({ event }) => {
        this.#see(event.data);
        if (event.name === "paid") throw new Error(`cannot handle ${event.data.secret}`);
      },
    });
    this.#app = app;
    await settling(this.clock, app.start());
  }

  get #running(): Millrace<Events> {
    if (this.#app === null) throw new Error("not started");
    return this.#app;
  }

  async apply(one: Op): Promise<void> {
    const app = this.#running;
    switch (one.kind) {
      case "send": {
        const isPlain = one.event === "plain";
        const data = this.#data(one.subject, isPlain ? "nothing" : undefined);
        await settling(this.clock, app.send({ name: one.event, data, ...(isPlain ? {} : { subject: `s${one.subject}` }) }));
        return;
      }
      case "signal":
        await settling(this.clock, app.signal(`for ${one.subject}`, this.#data(one.subject), { subject: `s${one.subject}` }));
        return;
      case "erase": {
        const { keys } = await settling(this.clock, app.erase(`s${one.subject}`));
        this.#erased[one.subject] = (this.#erased[one.subject] ?? 0) + 1;
        if (keys > 0) covered.erased += 1;
        return;
      }
      case "pass":
        for (let n = 0; n < 8; n++) {
          await this.clock.advance(one.ms / 8);
          await turns(10);
        }
        return;
      case "restart":
        covered.restarts += 1;
        await settling(this.clock, app.stop());
        await this.start();
    }
  }

  #data(of: number, secret = `secret-${of}-${++this.#sent}`): Data {
    return { secret, subject: of, generation: this.#erased[of] ?? 0 };
  }

  /** What is wrong; nothing should be. */
  async problems(): Promise<readonly string[]> {
    await this.apply({ kind: "pass", ms: 20_000 });
    const problems = [...this.#violations];
    for (const [partition, { digest }] of await this.#running.digests()) {
      const rebuilt = await this.#rebuiltDigest(partition);
      if (rebuilt !== digest) problems.push(`partition ${partition}: ${rebuilt} is rebuilt, and ${digest} lives`);
    }
    const said = this.lines.join("\n");
    for (const found of [around(await this.#bytesOfAll(), "secret-"), around(said, "secret-"), around(said, "$sealed")]) {
      if (found !== null) problems.push(found);
    }
    covered.failed += said.split("RUN_FAILED").length - 1;
    covered.refused += said.split("CONSUMER_HANDLER_FAILED").length - 1;
    return problems;
  }

  async close(): Promise<void> {
    await settling(this.clock, this.#running.stop());
    await this.#log.close();
  }

  /** By whom no key was ever known. */
  async #rebuiltDigest(partition: number): Promise<string> {
    const state = emptyState(partition, PARTITIONS);
    await restore({ log: this.#log, journal: { topic: "app.journal", partition }, state, signal: new AbortController().signal });
    return stateDigest(state);
  }

  async #bytesOfAll(): Promise<string> {
    const texts: string[] = [];
    for (const topic of await this.#log.listTopics()) {
      const partitions = (await this.#log.describeTopic(topic))?.partitions ?? 0;
      for (let partition = 0; partition < partitions; partition++) {
        for (const { key, value, headers } of await this.#log.readAll({ topic, partition })) {
          texts.push(`${topic} ${String(key)}`, value?.toString("latin1") ?? "", ...Object.values(headers ?? {}).map(String));
        }
      }
    }
    return texts.join("\n");
  }
}

/** Null where it is not there. */
function around(text: string, looked: string): string | null {
  const at = text.indexOf(looked);
  return at === -1 ? null : text.slice(Math.max(0, at - 300), at + 100);
}

test(
  "nothing of a subject is plain anywhere, code sees nothing of who was erased, and a rebuild without keys has the same digest (R1, R2)",
  { timeout: 60_000 },
  async () => {
    await untilMet(
      () => covered,
      { erased: 2, restarts: 0, opened: 20, failed: 3 },
      () =>
        fc.assert(
          fc.asyncProperty(fc.array(op, { minLength: 10, maxLength: 25 }), async (ops) => {
            const clock = new FakeClock();
            const history = new History(await SimulatedLog.open(clock), clock);
            await history.start();
            try {
              for (const one of ops) await history.apply(one);
              expect(await history.problems()).toEqual([]);
            } finally {
              await history.close();
            }
          }),
          { numRuns: 15, endOnFailure: true },
        ),
    );
  },
);
