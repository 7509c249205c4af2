import { expect, test } from "vitest";
import { decideConsume, homeOfKey } from "../../../../engine/workflow/consumer/consume.ts";
import { attemptOf, decideSteerConsumer, limitOf, steeringOf, type SteerAction } from "../../../../engine/workflow/consumer/steer.ts";
import type { Decided } from "../../../../engine/workflow/decision.ts";
import { evolve } from "../../../../engine/workflow/evolve.ts";
import type { ConsumerMode, ConsumerSteered, ConsumerTold, JournalRecord, SourcePosition } from "../../../../engine/workflow/records.ts";
import { advance } from "../../../../engine/workflow/source/source.ts";
import { emptyState, type PartitionState, type SourceState } from "../../../../engine/workflow/state.ts";
import { manifestText } from "../../../../engine/workflow/trigger/manifest.ts";
import { T0 } from "../../../support/fake-clock.ts";

const TOPIC = "app.events";
const INBOX = "app.c.inbox";
const PARTITIONS = 2;

/** Partition 0, which reads partitions 0 and 2 of its topic. */
class Version {
  readonly state: PartitionState = emptyState(0, PARTITIONS);

  constructor(builds = false) {
    this.deploy(builds);
    this.read(0, 40).read(2, 60);
    const from = [{ topic: INBOX, partition: 0, offset: 7 }];
    this.fold({ type: "ManifestActivated", version: 2, hash: "i", content: this.state.manifest?.content ?? "", from });
  }

  deploy(builds: boolean): this {
    const consumer = { id: "c", version: 2, builds, events: null, key: null, stores: ["last"], handles: true };
    const content = manifestText({ functions: [], sources: [{ topic: TOPIC, partitions: 4, from: "beginning" }], consumer });
    const from = [0, 2].map((partition) => ({ topic: TOPIC, partition, offset: 0 }));
    return this.fold({ type: "ManifestActivated", version: (this.state.manifest?.version ?? 0) + 1, hash: "h", content, from });
  }

  fold(...records: readonly JournalRecord[]): this {
    for (const record of records) evolve(this.state, record, T0);
    return this;
  }

  source(partition: number): SourceState {
    const source = this.state.sources.get(`${TOPIC}/${partition}`);
    if (source === undefined) throw new Error("no source");
    return source;
  }

  read(partition: number, next: number): this {
    advance(this.source(partition), { next, last: next - 1, hash: 0 });
    return this;
  }

  decide(action: SteerAction, attempt: string, positions: readonly SourcePosition[] = []): Decided {
    const decision = decideSteerConsumer(this.state, { type: "SteerConsumer", nonce: "n", attempt, action, positions });
    if (decision.outcome !== "decided") throw new Error(decision.why);
    this.fold(...decision.records);
    return decision;
  }

  /** What it then says, and whether anything changed. */
  steer(
    action: SteerAction,
    attempt: string,
    positions: readonly SourcePosition[] = [],
  ): { readonly told: ConsumerTold; readonly changed: ConsumerSteered | null } {
    const { records } = this.decide(action, attempt, positions);
    const told = records.find((record) => record.type === "ConsumerTold");
    if (told === undefined) throw new Error("it said nothing");
    return { told, changed: records.find((record) => record.type === "ConsumerSteered") ?? null };
  }

  /** Brought there by commands. */
  in(mode: ConsumerMode, attempt: string): this {
    if (mode === "held") this.steer("hold", attempt);
    if (mode === "retired") this.steer("retire", attempt);
    return this;
  }

  get mode(): ConsumerMode {
    return steeringOf(this.state).mode;
  }

  get limits(): readonly (number | null)[] {
    return [0, 2].map((partition) => limitOf(this.state, this.source(partition)));
  }

  handles(partition: number, offset: number): boolean {
    const key = Array.from({ length: 50 }, (_, n) => `k${n}`).find((one) => homeOfKey(one, PARTITIONS) === 0) ?? "";
    const id = `e-${partition}-${offset}`;
    const event = { id, name: "e", data: "1", time: T0, key, once: { by: "id" as const, key: id } };
    const place = { topic: TOPIC, partition, offset };
    const decision = decideConsume(
      this.state,
      this.source(partition),
      { type: "EventArrived", ...place, appendedAt: T0, event, isIdIgnored: false },
      () => ({ ok: true, values: [{ store: "last", value: "1" }] }),
    );
    if (decision.outcome !== "decided") throw new Error(decision.why);
    return decision.records.some((record) => record.type === "EventConsumed" && record.owed !== null);
  }
}

const at = (partition: number, offset: number, topic = TOPIC): SourcePosition => ({ topic, partition, offset });
/** Commands by which version 2 takes over. */
const [A, B] = [attemptOf(2, "a"), attemptOf(2, "b")];
const ACTIONS = ["ask", "hold", "follow", "retire", "activate", "release"] as const satisfies readonly SteerAction[];

test("given no earlier version, it handles what it reads; given one, it builds and handles nothing", () => {
  expect([new Version(false).mode, new Version(false).handles(0, 40)]).toEqual(["active", true]);
  expect([new Version(true).mode, new Version(true).handles(0, 40)]).toEqual(["building", false]);
});

test("when it is asked, it says how far it is, and nothing changes", () => {
  const version = new Version(true);
  const { told, changed } = version.steer("ask", "");
  expect(changed).toBeNull();
  expect(told).toEqual({
    type: "ConsumerTold",
    nonce: "n",
    attempt: "",
    mode: "building",
    positions: [at(0, 40), at(2, 60)],
    limits: [],
    owed: 0,
    unsent: 0,
    paused: false,
  });
});

test("a swap: the new one is held, follows to where the old one retired, and handles what comes after; the old one handles what came before (R5)", () => {
  const [old, next] = [new Version(false).read(0, 45).read(2, 55), new Version(true)];
  const held = next.steer("hold", A).told;
  expect(held).toMatchObject({ mode: "held", attempt: A, limits: [at(0, 40), at(2, 60)] });
  const retired = old.steer("retire", A, held.positions).told;
  expect(retired).toMatchObject({ mode: "retired", attempt: A, limits: [at(0, 45), at(2, 60)] });
  expect([old.limits, old.handles(2, 59)]).toEqual([[45, 60], true]);
  expect(next.steer("follow", A, retired.limits).told.limits).toEqual([at(0, 45), at(2, 60)]);
  expect([next.limits, next.handles(0, 44)]).toEqual([[45, 60], false]);
  expect(next.steer("activate", A).told).toMatchObject({ mode: "active", limits: [] });
  expect(next.limits).toEqual([null, null]);
  expect([next.handles(0, 44), next.handles(0, 45), next.handles(2, 59), next.handles(2, 60)]).toEqual([false, true, false, true]);
});

/** What each action of another attempt than the last one's makes of each mode; null: nothing. */
const OF_ANOTHER: Readonly<Record<ConsumerMode, Readonly<Record<(typeof ACTIONS)[number], ConsumerMode | null>>>> = {
  building: { ask: null, hold: "held", follow: null, retire: null, activate: null, release: null },
  held: { ask: null, hold: "held", follow: null, retire: null, activate: null, release: null },
  active: { ask: null, hold: null, follow: null, retire: "retired", activate: null, release: null },
  retired: { ask: null, hold: null, follow: null, retire: "retired", activate: null, release: null },
};
/** And those of the same. */
const OF_ITS_OWN: typeof OF_ANOTHER = {
  building: { ask: null, hold: null, follow: null, retire: null, activate: null, release: null },
  held: { ask: null, hold: "held", follow: "held", retire: null, activate: "active", release: "building" },
  active: { ask: null, hold: null, follow: null, retire: null, activate: null, release: null },
  retired: { ask: null, hold: null, follow: null, retire: "retired", activate: null, release: "active" },
};
const MODES = ["building", "held", "active", "retired"] as const;

/** In a mode, by an attempt. */
function steered(mode: ConsumerMode, attempt: string): Version {
  switch (mode) {
    case "held":
      return new Version(true).in("held", attempt);
    case "retired":
      return new Version(false).in("retired", attempt);
    case "building": {
      const version = new Version(true).in("held", attempt);
      version.steer("release", attempt);
      return version.in("building", attempt);
    }
    case "active": {
      const version = new Version(false).in("retired", attempt);
      version.steer("release", attempt);
      return version.in("active", attempt);
    }
  }
}

test.each(MODES.flatMap((mode) => ACTIONS.map((action) => [action, mode] as const)))(
  "%s, when it is %s: what makes no sense, or is of a command that is over, changes nothing",
  (action, mode) => {
    for (const [attempt, table] of [
      [B, OF_ANOTHER],
      [A, OF_ITS_OWN],
    ] as const) {
      // prettier-ignore
      const version = steered(mode, A);
      expect(version.mode).toBe(mode);
      const before = JSON.stringify([...steeringOf(version.state).positions]);
      const { told, changed } = version.steer(action, attempt);
      const expected = table[mode][action];
      expect(changed?.mode ?? null).toBe(expected);
      expect(told).toMatchObject({ mode: expected ?? mode, attempt: expected === null ? A : attempt });
      if (expected === null) expect(JSON.stringify([...steeringOf(version.state).positions])).toBe(before);
    }
  },
);

test("a command that comes twice, in whatever step, is the same as one that comes once", () => {
  const seam = [at(0, 45), at(2, 60)];
  const steps = [["hold", []], ["follow", seam], ["activate", []]] as const; // prettier-ignore
  const [once, twice] = [new Version(true), new Version(true)];
  for (const [action, positions] of steps) {
    once.steer(action, A, positions);
    twice.steer(action, A, positions);
    twice.steer(action, A, positions);
    expect(steeringOf(twice.state)).toEqual(steeringOf(once.state));
  }
  // Long after: the log had kept them back.
  for (const [action, positions] of steps) expect(twice.steer(action, A, positions).changed).toBeNull();
  const old = new Version(false);
  old.steer("retire", A, seam);
  const { limits } = old;
  old.read(0, 45);
  old.steer("retire", A, seam);
  expect(old.limits).toEqual(limits);
  old.steer("release", A);
  expect([old.steer("retire", A, seam).changed, old.mode]).toEqual([null, "active"]);
});

test("two commands that overlap: who came last owns both, and the steps of the first count no more", () => {
  const [old, next] = [new Version(false), new Version(true)];
  next.steer("hold", A);
  old.steer("retire", A);
  next.steer("hold", B);
  expect(next.steer("activate", A).told).toMatchObject({ mode: "held", attempt: B });
  // It was refused, and is taken back by the first where the second has not been yet: that is told where the old one is then.
  expect(old.steer("release", A).told.mode).toBe("active");
  old.read(0, 48);
  const { limits } = old.steer("retire", B, next.steer("ask", "").told.positions).told;
  expect(limits).toEqual([at(0, 48), at(2, 60)]);
  expect(old.steer("release", A).changed).toBeNull();
  next.steer("follow", B, limits);
  next.steer("activate", B);
  expect([next.handles(0, 47), next.handles(0, 48)]).toEqual([false, true]);
});

test("positions of what others read, of topics there are not, or that make no sense, change nothing (R16)", () => {
  const nonsense = [at(1, 99), at(3, 99), at(0, 99, "no.topic"), at(0, 99, INBOX), at(0, -5), at(2, -(2 ** 52))];
  const old = new Version(false);
  expect(old.steer("retire", A, nonsense).told.limits).toEqual([at(0, 40), at(2, 60)]);
  const next = new Version(true);
  expect(next.steer("hold", A, nonsense).told.limits).toEqual([at(0, 40), at(2, 60)]);
  expect(next.steer("follow", A, nonsense).told.limits).toEqual([at(0, 40), at(2, 60)]);
  expect(next.steer("activate", A, [at(0, 2 ** 52)]).changed?.positions).toEqual([at(0, 40), at(2, 60)]);
});

test("a limit that is beyond everything is mended by the next command", () => {
  const [old, next] = [new Version(false), new Version(true)];
  old.steer("retire", attemptOf(2, "nobody"), [at(0, 2 ** 52), at(2, 2 ** 52)]);
  next.steer("hold", attemptOf(2, "nobody"), [at(0, 2 ** 52), at(2, 2 ** 52)]);
  const held = next.steer("hold", A).told;
  expect(held.limits).toEqual([at(0, 40), at(2, 60)]);
  expect(old.steer("retire", A, held.positions).told.limits).toEqual([at(0, 40), at(2, 60)]);
});

test("where what some partitions handle already is not told, the old one's seam stays, and elsewhere it follows the new one", () => {
  const old = new Version(false);
  old.steer("retire", A, [at(0, 45), at(2, 60)]);
  old.read(0, 45);
  // Source 0 is handled by the new version from 45 on; source 2 went on to 80, since a command released it.
  expect(old.steer("retire", B, [at(2, 80)]).told.limits).toEqual([at(0, 45), at(2, 80)]);
});

test("an action nobody knows is answered, and changes nothing", () => {
  const version = new Version(true);
  const decision = decideSteerConsumer(version.state, { type: "SteerConsumer", nonce: "n", attempt: A, action: "dance", positions: [] });
  expect(decision).toMatchObject({ records: [{ type: "ConsumerTold", mode: "building" }] });
});

test("where the earlier version is gone, topics and all, the new one handles what it reads from there on, though a command had held it", () => {
  const version = new Version(true).in("held", A);
  version.deploy(false);
  expect([version.mode, version.limits, version.handles(0, 40)]).toEqual(["active", [null, null], true]);
  const taken = new Version(true).in("held", A);
  taken.steer("follow", A, [at(0, 45)]);
  taken.steer("activate", A);
  taken.deploy(false);
  expect([taken.mode, taken.handles(0, 44), taken.handles(0, 45)]).toEqual(["active", false, true]);
});

test("that it is paused is told", () => {
  const version = new Version(false);
  version.fold({ type: "CellSet", key: "pause/c", kind: "pause", until: 2 ** 52, numbers: [], text: "keep" });
  const { told } = version.steer("ask", "");
  expect(told.paused).toBe(true);
});

test("who has given way to one version does so to no other, and a version is held by no command that is not for it", () => {
  const old = new Version(false).in("retired", A);
  expect(old.steer("retire", attemptOf(3, "c"), [at(0, 99)])).toMatchObject({
    changed: null,
    told: { attempt: A, limits: [at(0, 40), at(2, 60)] },
  });
  expect(new Version(true).steer("hold", attemptOf(3, "c")).changed).toBeNull();
  expect(new Version(true).steer("hold", "").changed).toBeNull();
});
