// The state that an owner decides by is the fold of what it put into the journal, whatever else landed there (R1, R2, R3, R5, R12).
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeFrame } from "../../../engine/journal/frame-formats.ts";
import { foldEntry } from "../../../engine/task/fold.ts";
import { stateDigest } from "../../../engine/task/state-digest.ts";
import { markedId } from "../../../engine/workflow/event/cloud-event.ts";
import type { RunId } from "../../../engine/core/ids.ts";
import type { Input } from "../../../engine/workflow/decide.ts";
import { RunTable } from "../../../engine/workflow/run/run-table.ts";
import { MAX_IDS, MAX_PRODUCERS } from "../../../engine/workflow/source/source.ts";
import { emptyState, type PartitionState } from "../../../engine/workflow/state.ts";
import { countTimers, timersOf } from "../../../engine/workflow/timer/due.ts";
import { T0 } from "../../support/fake-clock.ts";
import { foldOf, LivePartition, type Journal } from "../../support/live-partition.ts";
import { BOOM, EVENTS, manifest, step } from "../../support/records.ts";
import { rounds } from "../../support/rounds.ts";

const id = fc.oneof(
  fc.tuple(fc.constantFrom("p", "q", "r"), fc.integer({ min: 1, max: 4 })).map(([producer, n]) => markedId(producer, n)),
  fc.constantFrom("a", "b", "c", "😀"),
);
const wish = fc.oneof(
  fc.record({ kind: fc.constant("policy" as const) }),
  fc.record({ kind: fc.constant("never" as const) }),
  fc.record({ kind: fc.constant("after" as const), ms: fc.nat(1_000) }),
);

/** What happens next. Runs are picked by their number among those that are open. */
const happening = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("event" as const),
      id,
      name: fc.constantFrom("go", "go/far", "unwanted"),
      data: fc.option(fc.json({ maxDepth: 1 }), { freq: 8 }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("run" as const),
      pick: fc.nat(20),
      step: fc.constantFrom("a", "b", "nap").map((name) => step(name)),
      what: fc.constantFrom("complete step", "fail step", "sleep", "wake", "complete", "fail", "park", "unpark"),
      attempt: fc.nat(2),
      output: fc.option(fc.json({ maxDepth: 1 })),
      wish,
      random: fc.constantFrom(0, 0.25, 0.999),
      flag: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("manifest" as const), version: fc.nat(5), more: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("confirm" as const), through: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("says" as const), what: fc.constantFrom("releasing", "released", "jump") }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("time" as const), ms: fc.constantFrom(0, 10, 5_000, 13 * 3_600_000, 25 * 3_600_000, -50) }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("flush" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("crash" as const), flushed: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("echo" as const), of: fc.nat(1_000) }) },
);
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

/** Plays a history. Returns the live state, and the journal. */
function play(history: readonly Happening[]): { readonly live: PartitionState; readonly journal: Journal } {
  let now = T0;
  let offset = 0;
  let nonce = 1;
  const journal: Journal = [];
  const echoes: number[] = [];
  /** Owners that are over, with frames that are still on their way. */
  const zombies: LivePartition[] = [];
  let live = new LivePartition(journal, nonce, () => now);
  // Whatever stood in the journal before may come again, late: a copy from an owner of old, or of this one.
  const between = (): void => {
    for (const of of echoes.splice(0)) journal.push(journal[of % journal.length] ?? Buffer.alloc(0));
  };
  for (const next of history) {
    switch (next.kind) {
      case "event":
        live.read({ topic: EVENTS.topic, offset: offset++, ...next });
        break;
      case "run": {
        const runs = [...live.state.runs.values()];
        const run = runs[next.pick % Math.max(runs.length, 1)];
        if (run !== undefined) live.submit(inputOf(next, run.id));
        break;
      }
      case "manifest": {
        const { hash, content } = manifest({
          version: next.version,
          functions: [{ id: "f", triggers: ["go*"], onFailure: true }, ...(next.more ? [{ id: "g", triggers: ["go"] }] : [])],
        });
        const starts = [{ topic: EVENTS.topic, partition: 0, offset: 0 }];
        live.submit({ type: "ActivateManifest", version: next.version, hash, content, starts });
        break;
      }
      case "confirm":
        live.submit({ type: "ConfirmEmissions", through: next.through });
        break;
      case "says": {
        const jump = { type: "SourcePositionSet", topic: EVENTS.topic, partition: 0, from: 0, to: offset } as const;
        // A jump has a frame of its own: see the tests of the sources.
        if (next.what === "jump") live.flush(between);
        live.submit({
          type: "OwnerSays",
          record:
            next.what === "jump" ? jump : next.what === "released" ? { type: "OwnerReleased" } : { type: "OwnerReleasing", until: now },
        });
        if (next.what === "jump") live.flush(between);
        break;
      }
      case "time":
        now += next.ms;
        break;
      case "flush":
        live.flush(between);
        break;
      case "crash":
        if (next.flushed) live.flush(between);
        else zombies.push(live);
        between();
        live = new LivePartition(journal, ++nonce, () => now);
        offset = Math.max(live.state.sources.get(`${EVENTS.topic}/0`)?.next ?? 0, 0);
        break;
      case "echo":
        echoes.push(next.of);
        // It does not know that it is over, and decides on.
        for (let until = 0; until < 3; until++) {
          zombies.at(-1)?.flush();
          zombies.at(-1)?.submit({ type: "OwnerSays", record: { type: "OwnerReleasing", until } });
        }
        break;
    }
  }
  live.flush(between);
  between();
  return { live: live.state, journal };
}

function inputOf(next: Extract<Happening, { kind: "run" }>, run: RunId): Input {
  const { step: key, attempt, output, flag, random } = next;
  const failure = { run, attempt, error: BOOM, wish: next.wish, retries: 2, random };
  switch (next.what) {
    case "complete step":
      return { type: "CompleteStep", run, step: key, output, began: T0 };
    case "fail step":
      return { type: "FailStep", step: key, began: T0, ...failure };
    case "sleep":
      return { type: "StartSleep", run, step: key, wakeAt: null, durationMs: 5_000 * attempt, resting: flag };
    case "wake":
      return { type: "WakeStep", run, step: key };
    case "complete":
      return { type: "CompleteRun", run, output };
    case "fail":
      return { type: "FailRunAttempt", ...failure };
    case "park":
      return { type: "ParkRun", run, difference: key };
    default:
      return { type: "UnparkRun", run };
  }
}

const first: Happening = { kind: "manifest", version: 0, more: false };

test("live state is the fold of the encoded journal from 0, by digest, with echoes of old frames and claims anywhere (R1, R2, R3, R5, R12)", () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 60 }), (history) => {
      const { live, journal } = play([first, ...history]);
      expect(stateDigest(foldOf(journal))).toBe(stateDigest(live));
    }),
    rounds(300),
  );
});

test("timers that a rebuild sets are those that were set live", () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 60 }), (history) => {
      // One life: what a live owner took from its heap is not in a rebuild's.
      const { live, journal } = play([first, ...history.filter(({ kind }) => kind !== "crash")]);
      expect(drained(foldOf(journal))).toEqual(drained(live));
    }),
    rounds(60),
  );
});

test("runs that are packed whenever nothing happens to them are the same, by digest, and want to be looked at at the same times", () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 60 }), fc.nat(2), (history, maxOpen) => {
      const { live, journal } = play([first, ...history]);
      const packed = foldOf(journal, { ...emptyState(0, 1), runs: new RunTable(maxOpen) });
      expect(stateDigest(packed)).toBe(stateDigest(live));
      expect(countTimers(packed)).toBe([...timersOf(live)].length);
      packed.timers.reset(timersOf(packed));
      live.timers.reset(timersOf(live));
      expect(drained(packed)).toEqual(drained(live));
    }),
    rounds(100),
  );
});

test("two states that differ in anything have different digests (R12)", () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 40 }), (history) => {
      const { journal } = play([first, ...history]);
      const digests = journal.map((_, end) => stateDigest(foldOf(journal.slice(0, end + 1))));
      const states = journal.map((_, end) => foldOf(journal.slice(0, end + 1)).lsn);
      // Whoever counts, moves the number; whoever does not, changes nothing.
      for (let n = 1; n < journal.length; n++) expect(digests[n] === digests[n - 1]).toBe(states[n] === states[n - 1]);
    }),
    rounds(60),
  );
});

describe("a gap", () => {
  test("wherever a frame is missing, the fold stops there and changes nothing (R5)", () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 40 }), fc.nat(), (history, where) => {
        const { journal } = play([first, ...history.filter(({ kind }) => kind !== "crash" && kind !== "echo")]);
        if (journal.length < 3) return;
        const missing = 1 + (where % (journal.length - 2));
        const holed = journal.with(missing, Buffer.from(journal[0] ?? []));
        const before = stateDigest(foldOf(holed.slice(0, missing + 1)));
        const state = foldOf(holed.slice(0, missing + 1));
        expect(() => foldEntry(state, missing + 1, holed[missing + 1] ?? null)).toThrow(expect.objectContaining({ code: "JOURNAL_GAP" }));
        expect(stateDigest(state)).toBe(before);
      }),
      rounds(60),
    );
  });

  test("frames of another epoch or nonce make none: they are passed over (R3)", () => {
    const { journal } = play([first]);
    const { owner, lsn } = foldOf(journal);
    const frame = { epoch: owner?.epoch ?? 0, nonce: owner?.nonce ?? 0, lsn: lsn + 5, time: 0, inputs: [], records: [] };
    for (const stranger of [
      { ...frame, epoch: 77 },
      { ...frame, nonce: 77 },
    ]) {
      expect(foldEntry(foldOf(journal), journal.length, encodeFrame(stranger))).toEqual({ kind: "passed-over" });
    }
    expect(foldEntry(emptyState(0, 1), 0, encodeFrame(frame))).toEqual({ kind: "passed-over" });
  });
});

describe("the windows of ids and producers forget the same live and on rebuild (R2, R16)", () => {
  test("at their bounds", () => {
    const journal: Journal = [];
    let now = T0;
    const live = new LivePartition(journal, 1, () => now);
    const { hash, content } = manifest();
    live.submit({ type: "ActivateManifest", version: 0, hash, content, starts: [{ topic: EVENTS.topic, partition: 0, offset: 0 }] });
    for (let n = 0; n < MAX_IDS + 500; n++) {
      live.read({ topic: EVENTS.topic, offset: n, name: "unwanted", id: `id ${n}`, data: "1" });
      if (n % 50_000 === 0) {
        live.flush();
        now += 1;
      }
    }
    const end = MAX_IDS + 500;
    for (let n = 0; n < MAX_PRODUCERS + 50; n++) {
      live.read({ topic: EVENTS.topic, offset: end + n, name: "unwanted", id: markedId(`p${n}`, 1), data: "1" });
    }
    live.flush();
    const source = live.state.sources.get(`${EVENTS.topic}/0`);
    expect([source?.ids.size, source?.producers.size]).toEqual([MAX_IDS, MAX_PRODUCERS]);
    expect(stateDigest(foldOf(journal))).toBe(stateDigest(live.state));
  }, 20_000);
});

function drained(state: PartitionState): readonly string[] {
  const found: string[] = [];
  for (let timer = state.timers.takeDue(Infinity); timer !== null; timer = state.timers.takeDue(Infinity)) {
    found.push(JSON.stringify(timer));
  }
  return found.toSorted();
}
