// One heavy tenant and many light ones behind one limit: what each of them gets while all of them have runs that wait.
import pino from "pino";
import { Millrace } from "../engine/sdk/millrace.ts";
import type { BenchLog } from "./bench-log.ts";

export interface FairnessOptions {
  readonly log: BenchLog;
  readonly partitions: number;
  /** In all, at least; nine of ten are the heavy tenant's. */
  readonly runs: number;
  readonly say: (line: string) => void;
}

interface BenchEvent {
  readonly n: number;
  readonly tenant: string;
}

const LIGHT = 49;
const HEAVY_PART = 0.9;
const LIMIT = 10;
/** Shares are also looked at over so many starts of each tenant. */
const WINDOW = 10;
const CHUNK = 1_000;
const MAX_UNDER_WAY = 10_000;

export async function fairness({ log, partitions, runs, say }: FairnessOptions): Promise<object> {
  // Enough for one window.
  const ofEachLight = Math.max(Math.ceil((runs * (1 - HEAVY_PART)) / LIGHT), WINDOW + 1);
  const sent = tenantsOf(ofEachLight, Math.round((ofEachLight * LIGHT * HEAVY_PART) / (1 - HEAVY_PART)));
  const started: string[] = [];
  let queued = 0;
  let changed: () => void = () => {};
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise<void>((resolve) => (changed = resolve));
  };
  const app = new Millrace<{ "bench/asked": BenchEvent }>(
    { id: log.unique, log: log.options, partitions, fsync: "never", logger: pino({ level: "warn" }, pino.destination(2)) },
    {
      onFrame: (_, frame) => {
        for (const record of frame.records) {
          if (record.type === "RunQueued") queued += 1;
          else if (record.type === "RunsStarted") started.push((JSON.parse(record.event.data) as BenchEvent).tenant);
        }
        changed();
      },
    },
  );
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  app.createFunction(
    {
      id: "shared",
      triggers: [{ event: "bench/asked" }],
      concurrency: LIMIT,
      fairness: { key: "event.data.tenant" },
    },
    ({ event, step }) => step.run("work", () => (event.data.n < 0 ? released : null)),
  );
  await app.start();
  const send = (events: readonly BenchEvent[]): Promise<unknown> =>
    app.send(events.map((data) => ({ name: "bench/asked" as const, key: data.tenant, data })));
  // These hold the limit until all others wait; none of the tenants counted below is theirs.
  await send(Array.from({ length: LIMIT }, () => ({ n: -1, tenant: "blocker" })));
  await until(() => started.length === LIMIT);

  say(`queueing ${sent.length} runs of ${LIGHT + 1} tenants`);
  for (let n = 0; n < sent.length; n += CHUNK) {
    await until(() => queued + MAX_UNDER_WAY >= n);
    await send(sent.slice(n, n + CHUNK).map((tenant, index) => ({ n: n + index, tenant })));
  }
  await until(() => queued === sent.length);
  say("they may start");
  const since = performance.now();
  release();
  await until(() => started.length === LIMIT + sent.length);
  const seconds = (performance.now() - since) / 1_000;
  await app.stop();
  const { all, backlogged, windows } = sharesOf(started.slice(LIMIT), ofEachLight);
  return {
    bench: "fairness",
    log: log.kind,
    partitions,
    tenants: LIGHT + 1,
    heavy_part: HEAVY_PART,
    limit: LIMIT,
    runs: sent.length,
    starts_while_all_backlogged: backlogged,
    worst_share_ratio: Math.round(Math.min(...all) * 1_000) / 1_000,
    best_share_ratio: Math.round(Math.max(...all) * 1_000) / 1_000,
    worst_share_ratio_of_windows: Math.round(Math.min(...windows) * 1_000) / 1_000,
    window_starts: WINDOW * (LIGHT + 1),
    starts_per_s: Math.round(sent.length / seconds),
  };
}

/** In the order in which they are sent: the heavy tenant's are ahead of everybody's by a tenth of all, and among the others' after that. */
function tenantsOf(ofEachLight: number, heavy: number): readonly string[] {
  const ahead = Math.floor(heavy / 10);
  const tenants: string[] = Array.from({ length: ahead }, () => "heavy");
  const lights = ofEachLight * LIGHT;
  const between = (heavy - ahead) / lights;
  for (let n = 0, owed = 0; n < lights; n++) {
    for (owed += between; owed >= 1; owed--) tenants.push("heavy");
    tenants.push(`light-${n % LIGHT}`);
  }
  return tenants;
}

/** What each tenant got of its fair share, until the first of them had nothing left. */
function sharesOf(started: readonly string[], ofEachLight: number): { all: number[]; backlogged: number; windows: number[] } {
  const tenants = ["heavy", ...Array.from({ length: LIGHT }, (_, n) => `light-${n}`)];
  const counts = new Map<string, number>();
  let backlogged = 0;
  for (const tenant of started) {
    backlogged += 1;
    const count = (counts.get(tenant) ?? 0) + 1;
    counts.set(tenant, count);
    if (tenant !== "heavy" && count === ofEachLight) break;
  }
  const ratiosIn = (from: number, to: number): number[] => {
    const got = new Map<string, number>();
    for (const tenant of started.slice(from, to)) got.set(tenant, (got.get(tenant) ?? 0) + 1);
    return tenants.map((tenant) => ((got.get(tenant) ?? 0) * tenants.length) / (to - from));
  };
  const windows: number[] = [];
  const size = WINDOW * tenants.length;
  for (let from = 0; from + size <= backlogged; from += size) windows.push(...ratiosIn(from, from + size));
  return { all: ratiosIn(0, backlogged), backlogged, windows };
}
