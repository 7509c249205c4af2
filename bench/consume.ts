// A stateful consumer that catches up with its topic: how many events a second, with a reducer alone, and with a handler beside it.
import { pino } from "pino";
import { Millrace } from "../engine/sdk/index.ts";
import { cpuSeconds, type BenchLog } from "./bench-log.ts";

interface Given {
  readonly log: BenchLog;
  readonly partitions: number;
  readonly events: number;
  readonly keys: number;
  readonly say: (line: string) => void;
}

interface Order {
  readonly customer: string;
  readonly amount: number;
  readonly note: string;
}

interface Speed {
  readonly events_per_s: number;
  readonly cpu_s: number;
  readonly as_expected: boolean;
}

const A_CALL = 2_000;
const LOOK_MS = 20;

export async function consume({ log, partitions, events, keys, say }: Given): Promise<object> {
  const app = (id = log.unique): Millrace<{ "order/placed": Order }> =>
    new Millrace<{ "order/placed": Order }>({
      id,
      log: log.options,
      partitions,
      fsync: "never",
      logger: pino({ level: "warn" }, pino.destination(2)),
    });
  say(`sending ${events} events`);
  const sender = app();
  for (let n = 0; n < events; n += A_CALL) {
    const batch = Array.from({ length: Math.min(A_CALL, events - n) }, (_, index) => orderOf(n + index, keys));
    await sender.send(batch);
  }
  await sender.stop();
  const state = await catchUp(app(), { events, isHandled: false });
  say(`with a reducer: ${state.events_per_s} events/s`);
  const handled = await catchUp(app(), { events, isHandled: true });
  say(`with a handler too: ${handled.events_per_s} events/s`);
  return {
    bench: "consume",
    log: log.kind,
    partitions,
    events,
    keys,
    events_per_s: state.events_per_s,
    handled_events_per_s: handled.events_per_s,
    cpu_us_an_event: Math.round((state.cpu_s / events) * 1e6),
    handled_cpu_us_an_event: Math.round((handled.cpu_s / events) * 1e6),
    as_expected: state.as_expected && handled.as_expected,
    rss_mb: Math.round(process.memoryUsage().rss / 1024 / 1024),
  };
}

async function catchUp(
  app: Millrace<{ "order/placed": Order }>,
  given: { readonly events: number; readonly isHandled: boolean },
): Promise<Speed> {
  const { events, isHandled } = given;
  let calls = 0;
  const totals = app.createConsumer({
    id: isHandled ? "handled" : "totals",
    events: ["order/placed"],
    from: "beginning",
    state: { count: (count: number | undefined) => (count ?? 0) + 1 },
    ...(isHandled ? { handle: () => void (calls += 1) } : {}),
  });
  const since = performance.now();
  const cpuSince = cpuSeconds();
  await app.start();
  for (;;) {
    const statuses = await totals.status();
    if (statuses.every(({ lag, waiting, sources }) => lag === 0 && waiting === 0 && sources.length > 0)) break;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  const seconds = (performance.now() - since) / 1_000;
  const cpu = cpuSeconds() - cpuSince;
  let counted = 0;
  // What is read last is acknowledged a moment later.
  for (let n = 0; n < 500 && counted < events; n++) {
    counted = 0;
    for (const [, count] of totals.entries("count")) counted += count;
    if (counted < events) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  await app.stop();
  return {
    events_per_s: Math.round(events / seconds),
    cpu_s: cpu,
    as_expected: counted === events && calls === (isHandled ? events : 0),
  };
}

/** About 200 bytes of JSON. */
function orderOf(n: number, keys: number): { readonly name: "order/placed"; readonly key: string; readonly data: Order } {
  const customer = `customer-${(n * 7_919) % keys}`;
  return { name: "order/placed", key: customer, data: { customer, amount: n % 1_000, note: "x".repeat(140) } };
}
