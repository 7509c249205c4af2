// What a limit on steps costs: runs of three steps without one, with one that is decided where the event is read, with one that is decided
// elsewhere, and with one that binds. They take turns, so that whatever else the machine does meets all of them.
import pino from "pino";
import { Millrace } from "../engine/sdk/millrace.ts";
import { cpuSeconds, percentile, type BenchLog } from "./bench-log.ts";

export interface FlowConcurrencyOptions {
  readonly log: BenchLog;
  readonly partitions: number;
  readonly fsync: "always" | "never";
  readonly inFlight: number;
  /** Of each variant, in each round. */
  readonly runs: number;
  readonly rounds: number;
  readonly keys: number;
  readonly say: (line: string) => void;
}

interface BenchEvent {
  readonly n: number;
  readonly tenant: string;
}

const VARIANTS = ["baseline", "keyed", "other", "binding"] as const;
type Variant = (typeof VARIANTS)[number];

interface Turn {
  readonly stepsPerS: number;
  readonly cpuUsPerStep: number;
}

/** More than are ever in flight. */
const LOOSE = 10_000;

export async function flowConcurrency(options: FlowConcurrencyOptions): Promise<object> {
  const { log, partitions, fsync, inFlight, runs, rounds, keys, say } = options;
  let ended: () => void = () => {};
  const app = new Millrace<{ [V in Variant as `bench/${V}`]: BenchEvent }>(
    { id: log.unique, log: log.options, partitions, fsync, maxActiveRuns: 10_000, logger: pino({ level: "warn" }, pino.destination(2)) },
    {
      onFrame: (_, frame) => {
        for (const { type } of frame.records) if (type === "RunCompleted") ended();
      },
    },
  );
  // Half of what would be under way of a key: each start and each step waits for another run's.
  const tight = Math.max(1, Math.floor(inFlight / keys / 2));
  const key = "event.data.tenant";
  for (const variant of VARIANTS) {
    const limit = variant === "binding" ? tight : LOOSE;
    app.createFunction(
      { id: variant, triggers: [{ event: `bench/${variant}` }], ...(variant === "baseline" ? {} : { concurrency: { limit, key } }) },
      async ({ step, event }) => {
        const first = await step.run("first", () => event.data.n);
        const second = await step.run("second", () => first + 1);
        return step.run("third", () => second + 1);
      },
    );
  }
  await app.start();

  const turn = async (variant: Variant): Promise<Turn> => {
    let sent = 0;
    const send = (): void => {
      if (sent === runs) return;
      const n = sent++;
      const tenant = `tenant-${n % keys}`;
      void app.send({ name: `bench/${variant}`, key: variant === "other" ? `user-${n}` : tenant, data: { n, tenant } });
    };
    const [since, cpuBefore] = [performance.now(), cpuSeconds()];
    let left = runs;
    await new Promise<void>((resolve) => {
      ended = () => {
        if (--left === 0) resolve();
        else send();
      };
      for (let n = 0; n < inFlight; n++) send();
    });
    const seconds = (performance.now() - since) / 1_000;
    return { stepsPerS: (3 * runs) / seconds, cpuUsPerStep: ((cpuSeconds() - cpuBefore) * 1e6) / (3 * runs) };
  };

  say(`${rounds} rounds of ${runs} runs each, ${inFlight} at a time, after one that does not count`);
  const turns: Record<Variant, Turn[]> = { baseline: [], keyed: [], other: [], binding: [] };
  for (let round = 0; round <= rounds; round++) {
    // Each goes first in its turn.
    for (let place = 0; place < VARIANTS.length; place++) {
      const variant = VARIANTS[(place + round) % VARIANTS.length] ?? "baseline";
      const one = await turn(variant);
      if (round > 0) turns[variant].push(one);
    }
    if (round > 0) say(VARIANTS.map((variant) => `${variant} ${Math.round(turns[variant].at(-1)?.stepsPerS ?? 0)} steps/s`).join(", "));
  }
  await app.stop();
  const speed = (variant: Variant): number => Math.round(median(turns[variant].map(({ stepsPerS }) => stepsPerS)));
  const cpu = (variant: Variant): number => Math.round(10 * median(turns[variant].map(({ cpuUsPerStep }) => cpuUsPerStep))) / 10;
  return {
    bench: "flow-concurrency",
    log: log.kind,
    partitions,
    fsync: log.kind === "embedded" || fsync === "always",
    in_flight: inFlight,
    keys,
    runs_each: runs * rounds,
    steps_per_s: speed("keyed"),
    baseline_steps_per_s: speed("baseline"),
    other_key_steps_per_s: speed("other"),
    binding_steps_per_s: speed("binding"),
    binding_limit: tight,
    cost_percent: Math.round(100 * (1 - speed("keyed") / speed("baseline"))),
    cpu_us_per_step: Object.fromEntries(VARIANTS.map((variant) => [variant, cpu(variant)])),
  };
}

function median(numbers: readonly number[]): number {
  return percentile(
    numbers.toSorted((a, b) => a - b),
    0.5,
  );
}
