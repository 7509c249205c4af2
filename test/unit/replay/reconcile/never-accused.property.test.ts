// Whatever gates stand before a function, however workers come and go: of an engine that does what it should, nothing is said to be missing (R5).
import fc from "fast-check";
import { pino } from "pino";
import { expect, test } from "vitest";
import { reconcile, type Reconciled } from "../../../../engine/replay/reconcile/reconcile.ts";
import { Millrace, type FlowOptions } from "../../../../engine/sdk/index.ts";
import { appTopics } from "../../../../engine/task/app-topics.ts";
import { jsonEvents } from "../../../../engine/task/read-event.ts";
import { FakeClock, settling, turns } from "../../../support/fake-clock.ts";
import { rounds, untilMet } from "../../../support/rounds.ts";
import { SimulatedLog } from "../../../support/simulated-log.ts";

const PARTITIONS = 2;
const TOPICS = appTopics("app");

const limit = fc.integer({ min: 1, max: 3 });
const flow = fc.oneof(
  fc.constant({}),
  keyed({ limit: fc.integer({ min: 1, max: 2 }) }).map((concurrency) => ({ concurrency })),
  keyed({ limit, period: fc.constant("10s") }).map((throttle) => ({ throttle })),
  keyed({ limit, period: fc.constant("1m") }).map((rateLimit) => ({ rateLimit })),
  keyed({ period: fc.constant("5s"), timeout: fc.constant("20s") }).map((debounce) => ({ debounce })),
  keyed({ maxSize: fc.constant(3), timeout: fc.constant("10s") }).map((batchEvents) => ({ batchEvents })),
  keyed({ mode: fc.constantFrom("skip" as const, "cancel" as const) }).map((singleton) => ({ singleton })),
  fc.constant({ idempotency: "event.data.tenant" }),
) satisfies fc.Arbitrary<FlowOptions>;

const event = fc.record({
  kind: fc.constant("send" as const),
  name: fc.constantFrom("go", "go", "go", "other"),
  tenant: fc.constantFrom("a", "b", "c"),
  /** Some come twice. */
  id: fc.option(fc.integer({ min: 0, max: 5 })),
});
const action = fc.oneof(
  { weight: 6, arbitrary: event },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.constantFrom(100, 3_000, 30_000) }) },
  { weight: 1, arbitrary: fc.constant({ kind: "restart" as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("pause" as const, "skip" as const, "resume" as const) }) },
  { weight: 1, arbitrary: fc.constant({ kind: "junk" as const }) },
);

/** With a key, or without one. */
function keyed<T extends object>(options: { [Name in keyof T]: fc.Arbitrary<T[Name]> }): fc.Arbitrary<T & { readonly key?: string }> {
  const some = fc.record(options) as fc.Arbitrary<T>;
  return fc.tuple(some, fc.boolean()).map(([one, hasKey]) => (hasKey ? { ...one, key: "event.data.tenant" } : one));
}

class World {
  readonly log: SimulatedLog;
  readonly clock: FakeClock;
  readonly specs: Parameters<typeof reconcile>[0]["spec"][] = [];
  #app!: Millrace;
  #flows: readonly FlowOptions[];
  #count = 0;

  private constructor(log: SimulatedLog, clock: FakeClock, flows: readonly FlowOptions[]) {
    this.log = log;
    this.clock = clock;
    this.#flows = flows;
  }

  static async open(flows: readonly FlowOptions[]): Promise<World> {
    const clock = new FakeClock();
    const world = new World(await SimulatedLog.open(clock), clock, flows);
    await world.start();
    return world;
  }

  async start(): Promise<void> {
    const app = new Millrace(
      { id: "app", partitions: PARTITIONS, stopGraceMs: 0, logger: pino({ level: "silent" }) },
      { log: this.log, clock: this.clock, random: () => 0.5 },
    );
    for (const [n, options] of this.#flows.entries()) {
      const id = `f${n}`;
      app.createFunction({ id, triggers: [{ event: "go", if: "event.data.tenant != 'c'" }], ...options }, async ({ step }) => {
        await step.run("a", () => null);
        await step.sleep("rest", "2s");
      });
    }
    this.#app = app;
    this.specs.splice(0, Infinity, ...app.parts.specs.values());
    await settling(this.clock, app.start());
  }

  async play(step: typeof action extends fc.Arbitrary<infer Action> ? Action : never): Promise<void> {
    switch (step.kind) {
      case "send": {
        const { name, tenant, id } = step;
        const given = id === null ? {} : { id: `id-${id}` };
        await settling(this.clock, this.#app.send({ name, data: { tenant }, key: `${this.#count++}`, ...given }));
        return;
      }
      case "pass":
        return this.pass(step.ms);
      case "restart":
        await settling(this.clock, this.#app.stop());
        return this.start();
      case "junk":
        await this.log.append({ topic: TOPICS.events, partition: 0 }, [{ key: null, value: Buffer.from("{"), headers: {} }]);
        return;
      case "resume":
        return settling(this.clock, this.#app.resume("f0"));
      default:
        return settling(this.clock, this.#app.pause("f0", { events: step.kind === "skip" ? "skip" : "keep" }));
    }
  }

  async pass(ms: number): Promise<void> {
    await this.clock.advance(ms);
    await turns(5);
  }

  async end(): Promise<void> {
    await settling(this.clock, this.#app.stop());
    await this.log.close();
  }

  reconciled(spec: World["specs"][number], maxRecords = 50_000): Promise<Reconciled> {
    const span = { since: 0, until: this.clock.wallMs() + 1_000 };
    const sources = [{ topic: TOPICS.events, partitions: PARTITIONS, from: "beginning" as const }];
    const reading = { reader: jsonEvents, maxEventBytes: 1_000_000 };
    return reconcile({ log: this.log, topics: TOPICS, partitions: PARTITIONS, spec, sources, reading, ...span, maxRecords });
  }
}

/** What was gathered may count as either, by when one looks. */
function told({ events, started, leftOut, notCounted, lacking }: Reconciled): object {
  return { events, fated: started + leftOut, notCounted, lacking };
}

test("of a correct engine nothing is missing, and once all is quiet every event has its fate (R5)", async () => {
  const seen = { started: 0, leftOut: 0, notCounted: 0 };
  // Some 200, 150 and 30 of them.
  await untilMet(
    () => seen,
    { started: 10, leftOut: 3, notCounted: 0 },
    () =>
      fc.assert(
        fc.asyncProperty(
          fc.array(flow, { minLength: 1, maxLength: 3 }),
          fc.array(action, { minLength: 15, maxLength: 40 }),
          async (flows, actions) => {
            const world = await World.open(flows);
            try {
              for (const step of actions) await world.play(step);
              for (const spec of world.specs) {
                const { lacking } = await world.reconciled(spec);
                expect(lacking.filter(({ lack }) => lack === "missing")).toEqual([]);
              }
              await world.play({ kind: "resume" });
              for (let n = 0; n < 40; n++) await world.pass(20_000);
              for (const spec of world.specs) {
                const reconciled = await world.reconciled(spec);
                expect(reconciled.lacking).toEqual([]);
                // However little is held at a time (R16).
                expect(told(await world.reconciled(spec, 4))).toEqual(told(reconciled));
                for (const name of ["started", "leftOut", "notCounted"] as const) seen[name] += reconciled[name];
              }
            } finally {
              await world.end();
            }
          },
        ),
        rounds(25),
      ),
  );
}, 120_000);
