// Crons decided: what a manifest sets going, what a due tick comes to, and that a tick counts once.
import { describe, expect, test } from "vitest";
import { deriveRunId } from "../../../../engine/core/ids.ts";
import { partitionOfKey } from "../../../../engine/core/murmur2.ts";
import type { TickCron } from "../../../../engine/workflow/cron/tick.ts";
import type { Input } from "../../../../engine/workflow/decide.ts";
import type { CronScheduled, JournalRecord } from "../../../../engine/workflow/records.ts";
import { emptyState } from "../../../../engine/workflow/state.ts";
import { timersOf } from "../../../../engine/workflow/timer/due.ts";
import type { CronTrigger } from "../../../../engine/workflow/trigger/trigger-spec.ts";
import { T0 } from "../../../support/fake-clock.ts";
import { given, Given } from "../../../support/given.ts";
import { manifest } from "../../../support/records.ts";

const HOURLY = "0 * * * *";
const HOUR = 3_600_000;
const NEXT = Math.ceil((T0 + 1) / HOUR) * HOUR;
const TICK: TickCron = { type: "TickCron", function: "f", cron: HOURLY };

function scheduled(next: number | null, over: Partial<CronScheduled> = {}): CronScheduled {
  return { type: "CronScheduled", function: "f", cron: HOURLY, next, delayMs: 0, ...over };
}

/** One function with an hourly cron, whose next tick is NEXT. */
function hourly(trigger: Partial<CronTrigger> = {}): Given {
  return given(manifest({ functions: [{ id: "f", triggers: [{ cron: HOURLY, ...trigger }] }] }), scheduled(NEXT));
}

function activate(version: number, triggers: Parameters<typeof manifest>[0]): Input {
  const { hash, content } = manifest({ version, ...triggers });
  return { type: "ActivateManifest", version, hash, content, starts: [] };
}

function crons(records: readonly JournalRecord[]): readonly CronScheduled[] {
  return records.filter((record) => record.type === "CronScheduled");
}

function ticks(records: readonly JournalRecord[]): readonly number[] {
  return records.flatMap((record) => (record.type === "RunsStarted" ? [record.event.time] : []));
}

describe("a manifest that takes over", () => {
  const withCron = (...expressions: string[]) => ({ functions: [{ id: "f", triggers: expressions.map((cron) => ({ cron })) }] });

  test("sets a new cron to its first tick after now", () => {
    const { records } = given().when(activate(0, withCron(HOURLY)), NEXT);
    expect(crons(records)).toEqual([scheduled(NEXT + HOUR)]);
  });

  test("leaves a cron that stays where it is, due or not: a deployment neither loses nor doubles a tick", () => {
    expect(crons(hourly().when(activate(1, withCron(HOURLY, "0 0 * * *")), NEXT + 5 * HOUR).records)).toEqual([
      { ...scheduled(0), cron: "0 0 * * *", next: Date.UTC(2026, 0, 2) },
    ]);
    hourly({ missed: "all" })
      .when(activate(1, { functions: [{ id: "f", triggers: [{ cron: HOURLY, missed: "none", jitterMs: 5 }] }] }), NEXT)
      .thenTypes("ManifestActivated");
  });

  test("ends one that it does not name, by function and expression", () => {
    expect(crons(hourly().when(activate(1, withCron("30 * * * *"))).records)).toEqual([
      scheduled(null),
      { ...scheduled(NEXT - HOUR / 2), cron: "30 * * * *" },
    ]);
    expect(crons(hourly().when(activate(1, { functions: [{ id: "g" }] })).records)).toEqual([scheduled(null)]);
  });

  test("sets a function's crons going in one partition alone, that of the function's id", () => {
    const ids = Array.from({ length: 20 }, (_, n) => `f${n}`);
    const input = activate(0, { functions: ids.map((id) => ({ id, triggers: [{ cron: HOURLY }] })) });
    for (let partition = 0; partition < 3; partition++) {
      const { records } = new Given(emptyState(partition, 3)).when(input);
      const here = ids.filter((id) => partitionOfKey(Buffer.from(id), 3) === partition);
      expect(crons(records).map((record) => record.function)).toEqual(here.toSorted());
      expect(here).not.toEqual([]);
    }
  });
});

describe("a tick that is due", () => {
  test("starts one run and sets the next tick, in one decision", () => {
    const tick = new Date(NEXT).toISOString();
    const { records } = hourly().when(TICK, NEXT + 3);
    expect(records).toEqual([
      {
        type: "RunsStarted",
        event: {
          id: `f/${HOURLY}/${tick}`,
          name: "millrace/cron",
          data: JSON.stringify({ cron: HOURLY, tick }),
          time: NEXT,
          key: null,
          topic: "",
          partition: 0,
          offset: -1,
          appendedAt: NEXT + 3,
          corrects: null,
          trace: null,
        },
        runs: [expect.objectContaining({ id: deriveRunId(NEXT, 0, "f", `cron/${HOURLY}/${NEXT}`), functionId: "f" })],
        batch: [],
      },
      scheduled(NEXT + HOUR),
    ]);
  });

  test("is not decided before its time, nor a second time", () => {
    hourly()
      .when(TICK, NEXT - 1)
      .thenIgnored("too early");
    const state = hourly();
    state.at(NEXT, ...state.when(TICK, NEXT).records);
    state.when(TICK, NEXT).thenIgnored("too early");
    expect(state.state.runs.size).toBe(1);
  });

  test("makes the same run whoever decides it (R10)", () => {
    const started = (now: number): unknown =>
      hourly()
        .when(TICK, now)
        .records.flatMap((record) => (record.type === "RunsStarted" ? record.runs : []));
    expect(started(NEXT + 60_000)).toEqual(started(NEXT));
  });

  test("is none where the cron is gone", () => {
    given(manifest()).when(TICK, NEXT).thenIgnored("the cron is gone");
    hourly().and(scheduled(null)).when(TICK, NEXT).thenIgnored("the cron is gone");
  });

  test("is told apart from that of another cron of the same function at the same time", () => {
    const daily = "0 0 * * *";
    const midnight = Date.UTC(2026, 0, 2);
    const state = given(
      manifest({ functions: [{ id: "f", triggers: [{ cron: HOURLY }, { cron: daily }] }] }),
      scheduled(midnight),
      scheduled(midnight, { cron: daily }),
    );
    state.at(midnight, ...state.when(TICK, midnight).records);
    state.at(midnight, ...state.when({ ...TICK, cron: daily }, midnight).records);
    expect(state.state.runs.size).toBe(2);
  });
});

describe("ticks that were missed", () => {
  const now = NEXT + 3 * HOUR + 120_000;

  test("run once, for the last of them, if nothing else is said", () => {
    const { records } = hourly().when(TICK, now);
    expect(ticks(records)).toEqual([NEXT + 3 * HOUR]);
    expect(crons(records)).toEqual([scheduled(NEXT + 4 * HOUR)]);
  });

  test("run all, each of its own time", () => {
    const { records } = hourly({ missed: "all" }).when(TICK, now);
    expect(ticks(records)).toEqual([NEXT, NEXT + HOUR, NEXT + 2 * HOUR, NEXT + 3 * HOUR]);
    expect(crons(records)).toEqual([scheduled(NEXT + 4 * HOUR)]);
  });

  test("do not run at all, and the next is set all the same", () => {
    const { records } = hourly({ missed: "none" }).when(TICK, now);
    expect(records).toEqual([scheduled(NEXT + 4 * HOUR)]);
  });

  test("that are many go on in the next decision (R16)", () => {
    const state = hourly({ missed: "all" });
    const outage = NEXT + 1_500 * HOUR;
    const first = state.when(TICK, outage).records;
    expect(ticks(first)).toHaveLength(1_000);
    state.at(outage, ...first);
    const [timer] = [...timersOf(state.state)].filter(({ kind }) => kind === "cron");
    expect(timer?.at).toBe(outage + 1_000);
    expect(ticks(state.when(TICK, outage + 1_000).records)).toHaveLength(501);
  });

  test("pass the gates of their function one a decision, as many a second: what one counts counts for the next", () => {
    const flow = { rateLimit: { limit: 2, periodMs: 86_400_000, key: "" } };
    const functions = [{ id: "f", triggers: [{ cron: HOURLY, missed: "all" as const }], flow }];
    const state = given(manifest({ functions }), scheduled(NEXT));
    const all: JournalRecord[] = [];
    for (let at = now; at < now + 4; at++) {
      const { records } = state.when(TICK, at);
      all.push(...records);
      state.at(at, ...records);
    }
    expect(ticks(all)).toEqual([NEXT, NEXT + HOUR]);
    expect(all.filter(({ type }) => type === "RunSkipped")).toHaveLength(2);
    expect(crons(all)).toEqual([
      ...[1, 2, 3].map((n) => scheduled(NEXT + n * HOUR, { delayMs: now + n - (NEXT + n * HOUR) })),
      scheduled(NEXT + 4 * HOUR),
    ]);
  });
});

describe("jitter", () => {
  test("is when the run starts, and the tick stays what it is", () => {
    const state = given().at(
      T0,
      ...given().when(activate(0, { functions: [{ id: "f", triggers: [{ cron: HOURLY, jitterMs: HOUR }] }] })).records,
    );
    const [cron] = state.state.crons.values();
    const { next = 0, delayMs = 0 } = cron ?? {};
    expect([next, delayMs > 0, delayMs < HOUR]).toEqual([NEXT, true, true]);
    state.when(TICK, next + delayMs - 1).thenIgnored("too early");
    expect(ticks(state.when(TICK, next + delayMs).records)).toEqual([NEXT]);
  });
});

describe("folded again", () => {
  test("crons and their timers are what they were (R1, R2)", () => {
    const state = hourly().and(
      scheduled(NEXT + 7, { cron: "x", delayMs: 5 }),
      scheduled(NEXT, { function: "g" }),
      scheduled(null, { function: "g" }),
    );
    expect([...timersOf(state.state)]).toEqual([
      { kind: "cron", at: NEXT, functionId: "f", cron: HOURLY },
      { kind: "cron", at: NEXT + 12, functionId: "f", cron: "x" },
    ]);
    expect(state.state.timers.nextAt()).toBe(NEXT);
  });
});
