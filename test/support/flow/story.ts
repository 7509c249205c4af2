// Random stories of functions with policies: what comes, who dies, what people change meanwhile, and what the log does with what is appended.
import fc from "fast-check";
import { partitionOfRun, type RunId } from "../../../engine/core/ids.ts";
import { checkTogether } from "../../../engine/sdk/flow-conflicts.ts";
import type { FlowSpec } from "../../../engine/workflow/flow/spec.ts";
import { turns } from "../fake-clock.ts";
import { FlowCrowd, TOPICS, type EventData, type Execution, type FlowFunction } from "./crowd.ts";
import { judge } from "./judge.ts";
import type { Action, Script } from "./script.ts";

const PARTITIONS = 3;
const K = "event.data.k";

const partition = fc.nat(PARTITIONS - 1);
const limit = fc.constantFrom(1, 1, 2, 3);
const key = fc.constantFrom(undefined, K);
const stepMs = fc.constantFrom(0, 10, 300, 1_000);

function some<T>(often: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: 10 - often, arbitrary: fc.constant(undefined) }, { weight: often, arbitrary });
}

const concurrency = fc.oneof(
  fc.record({ limit, key, scope: fc.constant("fn" as const) }).map((one) => [one]),
  fc.record({ limit, key, scope: fc.constant("app" as const) }).map((one) => [one]),
  fc
    .tuple(fc.record({ limit, key, scope: fc.constant("fn" as const) }), fc.record({ limit, scope: fc.constant("app" as const), key }))
    .map((two) => two),
  fc.tuple(
    fc.record({ limit, key: fc.constant(K), scope: fc.constant("fn" as const) }),
    fc.record({ limit, key: fc.constant(undefined), scope: fc.constant("fn" as const) }),
  ),
);

const flow: fc.Arbitrary<FlowSpec> = fc
  .record({
    concurrency: some(8, concurrency),
    throttle: some(2, fc.record({ limit, periodMs: fc.constantFrom(1_000, 3_000), burst: fc.constantFrom(1, 2), key })),
    rateLimit: some(1, fc.record({ limit, periodMs: fc.constant(2_000), key })),
    idempotency: some(1, fc.constant("event.data.i")),
    gather: some(
      2,
      fc.oneof(
        fc.record({ debounce: fc.record({ periodMs: fc.constant(1_000), key, timeoutMs: fc.constantFrom(undefined, 2_500) }) }),
        fc.record({
          batch: fc.record({
            maxSize: fc.constantFrom(2, 3),
            timeoutMs: fc.constant(1_500),
            key,
            if: fc.constantFrom(undefined, "event.data.p > 0"),
          }),
        }),
      ),
    ),
    singleton: some(2, fc.record({ mode: fc.constantFrom("skip" as const, "cancel" as const), key })),
    priority: some(2, fc.constant("event.data.p")),
    fairness: some(2, fc.record({ key: fc.constant("event.data.t"), weight: fc.constantFrom(undefined, "event.data.t + 1") })),
    breaker: some(1, fc.record({ errorRate: fc.constant(0.2), windowMs: fc.constant(10_000), cooldownMs: fc.constant(2_000), key })),
  })
  .map(({ gather, ...spec }) => defined({ ...spec, ...gather }) as FlowSpec)
  .filter(goesTogether);

/** Others are refused when the function is created. */
function goesTogether(spec: FlowSpec): boolean {
  try {
    checkTogether(spec, { triggers: ["go"] }, "it");
    return true;
  } catch {
    return false;
  }
}

/** As a manifest has it: what is not said is not there. */
function defined<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("step" as const), ms: stepMs, fails: fc.constantFrom(0, 0, 0, 1, 3) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("steps" as const), ms: fc.array(stepMs, { minLength: 2, maxLength: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("sleep" as const), ms: fc.constantFrom(0, 1_000, 12_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("wait" as const), timeoutMs: fc.constantFrom(500, 3_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("own" as const), ms: stepMs }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("invoke" as const), functionId: fc.constantFrom("third", "second") }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("race" as const), ms: stepMs, sleepMs: fc.constantFrom(100, 1_000) }) },
);
const script: fc.Arbitrary<Script> = fc.array(action, { minLength: 1, maxLength: 3, size: "max" });

const functionId = fc.constantFrom("first", "second", "third");
const happening = fc.oneof(
  {
    weight: 16,
    arbitrary: fc.record({
      kind: fc.constant("events" as const),
      name: fc.constantFrom("go", "went"),
      count: fc.constantFrom(1, 1, 2, 4),
      data: fc.record({ k: fc.nat(1), t: fc.nat(1), p: fc.integer({ min: -1, max: 1 }), i: fc.nat(5) }),
      partition: fc.constantFrom(undefined, 0, 1, 2),
    }),
  },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("time" as const), ms: fc.constantFrom(1, 5, 60, 500, 800, 3_000) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("death" as const), partition, downMs: fc.constantFrom(0, 0, 300, 3_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("usurper" as const), partition }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("freeze" as const), partition, ms: fc.constantFrom(700, 4_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("hand-over" as const), partition }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("digest" as const), partition }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("cancel" as const), which: fc.nat(100) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("limits" as const), first: limit, second: limit }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("stop" as const), k: fc.nat(1), partition }),
  },
  // A deployment lacks a function that runs invoke, until the next.
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("removal" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("override" as const), functionId, limit, forMs: fc.constantFrom(0, 1_000, 5_000) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("pause" as const), functionId, events: fc.constantFrom("keep", "keep", "skip", null, null) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("stall" as const),
      topic: fc.constantFrom(TOPICS.events, TOPICS.inbox),
      partition,
      ms: fc.constantFrom(50, 1_000, 5_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("outage" as const), ms: fc.constant(2_000) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("turns" as const), count: fc.nat(12) }) },
);
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

const fate = fc.oneof(
  { weight: 10, arbitrary: fc.constant({ kind: "well" as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("lost answers" as const), count: fc.integer({ min: 1, max: 2 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("late" as const), turns: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("much later" as const), ms: fc.constantFrom(20, 600) }) },
);

const timeouts = some(2, fc.record({ startMs: fc.constant(3_000) }));

export interface Story {
  readonly flows: readonly [FlowSpec, FlowSpec, FlowSpec];
  readonly scripts: readonly [Script, Script, Script];
  readonly timeouts: { readonly startMs: number } | undefined;
  /** Runs of the first function are cancelled by an event. */
  readonly isStoppable: boolean;
  /** All partitions have owners before anything happens. */
  readonly isReady: boolean;
  readonly maxActiveRuns: number;
  readonly maxQueuedRuns: number;
  readonly happenings: readonly Happening[];
  readonly fates: readonly (typeof fate extends fc.Arbitrary<infer T> ? T : never)[];
}

export const story: fc.Arbitrary<Story> = fc.record({
  flows: fc.tuple(flow, flow, flow),
  scripts: fc.tuple(script, script, fc.constant([{ kind: "step" as const, ms: 300 }])),
  timeouts,
  isStoppable: fc.boolean(),
  isReady: fc.constantFrom(true, true, false),
  maxActiveRuns: fc.constantFrom(1_000, 1_000, 3),
  maxQueuedRuns: fc.constantFrom(1_000_000, 1_000_000, 2),
  happenings: fc.array(happening, { minLength: 1, maxLength: 40, size: "max" }),
  fates: fc.array(fate, { maxLength: 60, size: "max" }),
});

function functionsOf({ flows, scripts, timeouts: times, isStoppable }: Story): readonly FlowFunction[] {
  const [first, second, third] = flows;
  const [one, two, three] = scripts;
  return [
    {
      id: "first",
      triggers: ["go"],
      script: one,
      flow: first,
      ...(times === undefined ? {} : { timeouts: times }),
      ...(isStoppable && first.batch === undefined ? { cancelOn: [{ event: "stop", match: "data.k" }] } : {}),
    },
    // Nothing invokes itself for ever.
    {
      id: "second",
      triggers: ["go", "went"],
      script: two.filter((each) => each.kind !== "invoke" || each.functionId === "third"),
      flow: second,
    },
    { id: "third", triggers: [], script: three, flow: third },
  ];
}

interface Digest {
  readonly partition: number;
  readonly lsn: number;
  readonly digest: string;
}

/** Lines of the log that tell of nothing wrong. */
const ORDINARY: ReadonlySet<string> = new Set([
  "WAIT_PAST_RETENTION",
  "RUN_ALONE",
  "RUN_FAILED",
  "READING_STOPPED",
  "READING_GOES_ON",
  "OVERRIDE_BEGAN",
  "FUNCTION_RESUMED",
  "OVERRIDE_ENDED",
  "BREAKER_CLOSED",
  "BREAKER_OPENED",
  "FUNCTION_PAUSED",
]);

/** Returns everything that must not be. */
export async function play(told: Story): Promise<readonly string[]> {
  const functions = functionsOf(told);
  const crowd = await FlowCrowd.open(PARTITIONS, functions);
  crowd.maxActiveRuns = told.maxActiveRuns;
  crowd.maxQueuedRuns = told.maxQueuedRuns;
  const complaints: string[] = [];
  const stage = new Stage(crowd, functions, complaints);
  crowd.onBegan = (execution) => stage.began(execution);
  fail(crowd, told);
  crowd.ownAll();
  if (told.isReady) await crowd.clock.advance(1_500);
  for (const next of told.happenings) await stage.happen(next);
  for (const { id } of functions) await crowd.command({ type: "PauseFunction", functionId: id, events: null });
  crowd.declare(functions);
  crowd.log.onAppend = () => null;
  const unrest = await crowd.settle();
  if (unrest !== "") complaints.push(`they do not come to rest: ${unrest}`);
  complaints.push(...(await judge(crowd, functions)));
  complaints.push(...(await stage.digests()));
  // Who reads no further does not know what came to it.
  const isUnsure = crowd.said.some(({ code }) => code === "READING_STOPPED");
  const isOrdinary = (code: string): boolean => ORDINARY.has(code) || (isUnsure && code === "WAIT_EXPIRED_UNSURE");
  complaints.push(...crowd.said.filter(({ code }) => !isOrdinary(code)).map(({ code, fields }) => `${code} ${JSON.stringify(fields)}`));
  await crowd.close();
  return complaints;
}

/** What the log does to appends of tasks, by the story. */
function fail({ log, clock }: FlowCrowd, { fates }: Story): void {
  let at = 0;
  log.onAppend = () => {
    const next = fates[at++];
    switch (next?.kind) {
      case "lost answers":
        return { lostAnswers: next.count };
      case "late":
        return { after: () => turns(next.turns) };
      case "much later":
        return { before: () => new Promise<void>((resolve) => void clock.setTimer(next.ms, resolve)) };
      default:
        return null;
    }
  };
}

class Stage {
  readonly #crowd: FlowCrowd;
  readonly #functions: readonly FlowFunction[];
  readonly #complaints: string[];
  readonly #digests: Promise<Digest | null>[] = [];
  /** The highest that ever was in force. */
  readonly #limits = new Map<string, number>();

  constructor(crowd: FlowCrowd, functions: readonly FlowFunction[], complaints: string[]) {
    this.#crowd = crowd;
    this.#functions = functions;
    this.#complaints = complaints;
    this.#noteLimits(functions);
  }

  /** Where functions disagree about a limit of the app, the lowest counts. */
  #noteLimits(functions: readonly FlowFunction[]): void {
    const declared = new Map<string, number>();
    for (const { id, flow: spec } of functions) {
      for (const [index, each] of (spec?.concurrency ?? []).entries()) {
        const name = each.scope === "app" ? `app ${each.key}` : `${id} ${index}`;
        declared.set(name, Math.min(declared.get(name) ?? each.limit, each.limit));
      }
    }
    for (const [name, most] of declared) this.#limits.set(name, Math.max(this.#limits.get(name) ?? 0, most));
  }

  /** Of everything that executes now there is no more than its limits allow, over all owners that nobody has replaced. */
  began({ functionId: id, data, run }: Execution): void {
    const executing = this.#crowd.executing();
    for (const name of poolsOf(this.#functions, id, data)) {
      const count = executing.filter((other) => poolsOf(this.#functions, other.functionId, other.data).includes(name)).length;
      const most = this.#limits.get(name.slice(0, name.indexOf("="))) ?? 0;
      if (count > most) this.#complaints.push(`${count} steps execute of ${name}, whose limit is ${most}, with ${run}`);
    }
    const { singleton } = this.#functions.find((one) => one.id === id)?.flow ?? {};
    if (singleton === undefined) return;
    const value = singleton.key === undefined ? "" : data.k;
    const others = executing.filter(
      (other) => other.functionId === id && other.run !== run && (singleton.key === undefined ? "" : other.data.k) === value,
    );
    if (others.length > 0) this.#complaints.push(`${run} executes beside ${others[0]?.run}, of the same singleton`);
  }

  async happen(next: Happening): Promise<void> {
    const crowd = this.#crowd;
    const { clock, log } = crowd;
    switch (next.kind) {
      case "events":
        for (let n = 0; n < next.count; n++) {
          const place = next.partition === undefined ? { key: String(next.data.k) } : { partition: next.partition };
          await crowd.send({ name: next.name, data: { ...next.data, i: next.data.i + n }, ...place });
        }
        return;
      case "time":
        return clock.advance(next.ms);
      case "turns":
        return turns(next.count);
      case "death":
        crowd.kill(next.partition);
        clock.setTimer(next.downMs, () => crowd.own(next.partition));
        return;
      case "freeze":
        return crowd.freeze(next.partition, next.ms);
      case "usurper":
        crowd.own(next.partition);
        return;
      case "hand-over":
        return crowd.handOver(next.partition);
      case "outage":
        for (const place of crowd.places()) crowd.kill(place);
        clock.setTimer(next.ms, () => crowd.ownAll());
        return;
      case "digest":
        return this.#digest(next.partition);
      case "cancel":
        return this.#cancel(next.which);
      case "limits":
        return this.#changeLimits([next.first, next.second]);
      case "stop":
        return crowd.send({ name: "stop", data: { k: next.k, t: 0, p: 0, i: 0 }, partition: next.partition });
      case "removal": {
        // Where it shared a limit, that of the others may be a higher one.
        const left = this.#functions.filter(({ id }) => id !== "third");
        this.#noteLimits(left);
        return crowd.declare(left);
      }
      case "override":
        return this.#override(next);
      case "pause":
        return crowd.command({ type: "PauseFunction", functionId: next.functionId, events: next.events });
      case "stall": {
        const before = log.onRead;
        const until = clock.monotonicMs() + next.ms;
        log.onRead = (read) => {
          const left = until - clock.monotonicMs();
          if (read.topic !== next.topic || read.partition !== next.partition || left <= 0) return before(read);
          return new Promise<void>((resolve) => void clock.setTimer(left, resolve));
        };
        return;
      }
    }
  }

  /** What people saw of states, and what the journal says of them now. */
  async digests(): Promise<readonly string[]> {
    const crowd = this.#crowd;
    const found: string[] = [];
    for (const { partition: place, lsn, digest } of (await Promise.all(this.#digests)).filter((seen) => seen !== null)) {
      if (digest !== (await crowd.rebuiltDigest(place, lsn))) found.push(`partition ${place} was not as its journal says, at ${lsn}`);
    }
    for (const place of crowd.places()) {
      const live = await crowd.ownerOf(place)?.task.digest();
      if (live?.digest !== (await crowd.rebuiltDigest(place))) found.push(`a rebuild of partition ${place} differs`);
    }
    return found;
  }

  #digest(place: number): void {
    const task = this.#crowd.ownerOf(place)?.task;
    if (task?.status !== "RUNNING") return;
    this.#digests.push(task.digest().then((seen) => (task.status === "CLOSED" ? null : { partition: place, ...seen })));
  }

  async #cancel(which: number): Promise<void> {
    const known: RunId[] = [];
    for (const place of this.#crowd.places()) {
      const {
        runs,
        flow: { rows, held },
      } = await this.#crowd.rebuild(place);
      known.push(...runs.keys(), ...[...rows.values()].map(({ run }) => run), ...[...held.values()].map(({ run }) => run));
    }
    const run = known[which % Math.max(known.length, 1)];
    if (run !== undefined) await this.#crowd.command({ type: "CancelRun", run, reason: "people" }, partitionOfRun(run));
  }

  #changeLimits(limits: readonly number[]): void {
    const changed = this.#functions.map((each) => {
      const spec = each.flow?.concurrency;
      if (spec === undefined) return each;
      return { ...each, flow: { ...each.flow, concurrency: spec.map((one, index) => ({ ...one, limit: limits[index] ?? one.limit })) } };
    });
    this.#noteLimits(changed);
    this.#crowd.declare(changed);
  }

  async #override({ functionId: id, limit: most, forMs }: Extract<Happening, { kind: "override" }>): Promise<void> {
    const spec = this.#functions.find((each) => each.id === id);
    // Limits that an app shares are changed for none of its functions alone.
    const count = spec?.flow?.concurrency?.length ?? 0;
    const limits = forMs === 0 ? null : JSON.stringify({ concurrency: Array<number>(count).fill(most) });
    if (spec !== undefined) {
      this.#noteLimits([
        {
          ...spec,
          flow: {
            ...spec.flow,
            concurrency: (spec.flow?.concurrency ?? []).map((one) => (one.scope === "app" ? one : { ...one, limit: most })),
          },
        },
      ]);
    }
    await this.#crowd.command({ type: "OverrideFlow", functionId: id, limits, until: this.#crowd.clock.wallMs() + forMs });
  }
}

/** What limits its steps, by name and value. */
function poolsOf(functions: readonly FlowFunction[], id: string, data: EventData): readonly string[] {
  const { concurrency: limits = [] } = functions.find((one) => one.id === id)?.flow ?? {};
  return limits.map(
    ({ scope, key: text }, index) => `${scope === "app" ? `app ${text}` : `${id} ${index}`}=${text === undefined ? "" : data.k}`,
  );
}
