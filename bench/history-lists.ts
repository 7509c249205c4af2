// Lists of a run history with many runs: how long each takes that people can ask for, by the worst of its kind.
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { openToAsk, type HistoryDatabase } from "../consumers/run-history/database.ts";
import { countWanted } from "../consumers/run-history/find-runs.ts";
import { graphOfRun } from "../consumers/run-history/graph.ts";
import { pageOfEvents } from "../consumers/run-history/list-events.ts";
import { countRuns, pageOfRuns, type RunPageWanted } from "../consumers/run-history/list-runs.ts";
import { RunHistory } from "../consumers/run-history/run-history-sink.ts";
import { findRun } from "../consumers/run-history/show-run.ts";
import { percentile } from "./bench-log.ts";
import { BEGINNING, FUNCTIONS, projectManyRuns, STEP_MS } from "./many-runs.ts";

const ROUNDS = 40;
const PAGE = 50;

export async function historyLists({ runs, say }: { runs: number; say: (line: string) => void }): Promise<object> {
  const directory = await mkdtemp(path.join(tmpdir(), "millrace-lists-"));
  const file = path.join(directory, "history.db");
  try {
    const since = performance.now();
    {
      using history = new RunHistory(file, { app: "shop", topic: "shop.journal" });
      projectManyRuns(history, runs, (count) => void (count % 100_000 === 0 && say(`${count} runs`)));
    }
    const madeSeconds = (performance.now() - since) / 1_000;
    const { size } = await stat(file);
    say(`${runs} runs in ${madeSeconds.toFixed(0)} s, ${(size / 1024 / 1024).toFixed(0)} MiB`);
    const db = openToAsk(file);
    const before = process.memoryUsage.rss();
    const times: Record<string, { p50_ms: number; p99_ms: number; rows: number }> = {};
    for (const [name, ask] of Object.entries(asking(db, runs))) {
      times[name] = timed(ask);
      say(`${name.padEnd(44)} p50 ${times[name].p50_ms} ms, p99 ${times[name].p99_ms} ms, ${times[name].rows} rows`);
    }
    const worst = Math.max(...Object.values(times).map(({ p99_ms }) => p99_ms));
    const rss = process.memoryUsage.rss();
    db.close();
    return {
      bench: "history-lists",
      runs,
      made_runs_per_s: Math.round(runs / madeSeconds),
      file_mb: Math.round(size / 1024 / 1024),
      worst_p99_ms: worst,
      rss_mb: Math.round(rss / 1024 / 1024),
      rss_grown_mb: Math.round((rss - before) / 1024 / 1024),
      times,
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** By name; `round` counts, so that not the same is asked for twice. Each returns how many rows there were. */
function asking(db: HistoryDatabase, runs: number): Readonly<Record<string, (round: number) => number>> {
  const end = BEGINNING + runs * STEP_MS;
  const list = (of: (round: number) => RunPageWanted) => (round: number) => pageOfRuns(db, { limit: PAGE, ...of(round) }).rows.length;
  const middle = (round: number): number => BEGINNING + Math.floor(((round + 1) / (ROUNDS + 2)) * runs) * STEP_MS;
  const rare = `function-${FUNCTIONS - 1}`;
  const some = pageOfRuns(db, { limit: 500, until: middle(ROUNDS / 2) }).rows;
  const failed = pageOfRuns(db, { statuses: ["failed"], limit: 500, until: middle(ROUNDS / 2) }).rows;
  const someRun = (round: number): string => some[round % some.length]?.id ?? "";
  return {
    all: list(() => ({})),
    "all, a page of 500": list(() => ({ limit: 500 })),
    "all, from the middle": list((round) => ({ cursor: `${middle(round)}.Z` })),
    function: list((round) => ({ functionId: `function-${round % FUNCTIONS}` })),
    "statuses: failed, cancelled": list(() => ({ statuses: ["failed", "cancelled"] })),
    "status that no run has": list(() => ({ statuses: ["parked"] })),
    event: list((round) => ({ event: `order-${round % FUNCTIONS}/changed` })),
    "function, statuses and event": list(() => ({
      functionId: rare,
      statuses: ["failed", "skipped"],
      event: `order-${FUNCTIONS - 1}/changed`,
    })),
    "until long ago": list((round) => ({ until: middle(round) })),
    "since just now": list(() => ({ since: end - 1_000 })),
    "since later than all": list(() => ({ since: end + 1_000 })),
    "an hour of the middle, failed": list((round) => ({ statuses: ["failed"], since: middle(round), until: middle(round) + 3_600_000 })),
    "rare function, of the oldest hundredth": list(() => ({ functionId: rare, until: BEGINNING + (runs / 100) * STEP_MS })),
    "search: id of a run": list((round) => ({ search: someRun(round) })),
    "search: beginning of ids of few": list((round) => ({ search: someRun(round).slice(0, 9) })),
    "search: beginning of all ids": list(() => ({ search: "01" })),
    "search: id of an event": list((round) => ({ search: `shop-${(round * 1_000).toString(36).padStart(8, "0")}` })),
    "search: beginning of all ids of events": list(() => ({ search: "shop-" })),
    "search: key of an event": list((round) => ({ search: `customer-${round * 100 + 10_000}` })),
    "search: key, and failed": list((round) => ({ search: `customer-${round * 100 + 10_000}`, statuses: ["failed"] })),
    "search: part of a message of one": list((round) => ({
      search: / for order .*/.exec(failed[round % failed.length]?.reason ?? "")?.[0] ?? "",
    })),
    "search: part of a message of a hundred": list((round) => ({ search: `host-${round + 100}.example` })),
    "search: part of every message": list(() => ({ search: "example.com" })),
    "search: part of many, of those that completed": list(() => ({ search: "example.com", statuses: ["completed"] })),
    "search: nothing has it": list(() => ({ search: "no such thing anywhere" })),
    "counts by function and status": () => countRuns(db).length,
    "count: failed of a third of the time": (round) => {
      return (
        countWanted(db, {
          statuses: ["failed"],
          since: middle(round) - (runs / 6) * STEP_MS,
          until: middle(round) + (runs / 6) * STEP_MS,
        }) ?? 0
      );
    },
    "a run": (round) => findRun(db, someRun(round))?.steps.length ?? 0,
    "lineage of a run": (round) => graphOfRun(db, someRun(round))?.nodes.length ?? 0,
    "events: all": () => pageOfEvents(db, { limit: PAGE }).rows.length,
    "events: name": (round) => pageOfEvents(db, { limit: PAGE, name: `order-${round % FUNCTIONS}/placed` }).rows.length,
    "events: key": (round) => pageOfEvents(db, { limit: PAGE, key: `customer-${round}` }).rows.length,
    "events: search part of names": () => pageOfEvents(db, { limit: PAGE, search: "changed" }).rows.length,
    "events: search id": (round) =>
      pageOfEvents(db, { limit: PAGE, search: `shop-${(round * 999).toString(36).padStart(8, "0")}` }).rows.length,
    "events: until long ago": (round) => pageOfEvents(db, { limit: PAGE, until: middle(round) }).rows.length,
  };
}

function timed(ask: (round: number) => number): { readonly p50_ms: number; readonly p99_ms: number; readonly rows: number } {
  const took: number[] = [];
  let rows = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const since = performance.now();
    rows = ask(round);
    took.push(performance.now() - since);
  }
  const sorted = took.toSorted((a, b) => a - b);
  const rounded = (ms: number): number => Math.round(ms * 10) / 10;
  return { p50_ms: rounded(percentile(sorted, 0.5)), p99_ms: rounded(percentile(sorted, 0.99)), rows };
}
