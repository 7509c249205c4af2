// A second limit lives at a place of its own: runs elsewhere use permits that are leased from there.
import { expect, test } from "vitest";
import { must } from "../../../../engine/core/errors.ts";
import { evolve } from "../../../../engine/workflow/evolve.ts";
import { permitKey } from "../../../../engine/workflow/flow/keys.ts";
import type { ConcurrencySpec } from "../../../../engine/workflow/flow/spec.ts";
import { emptyState, type PartitionState } from "../../../../engine/workflow/state.ts";
import { T0 } from "../../../support/fake-clock.ts";
import { Places } from "../../../support/flow/places.ts";

const K = "event.data.k";
const EACH: ConcurrencySpec = { limit: 10, key: K, scope: "fn" };
const POOL = "fn/f/1/";

function places(limit: number): Places {
  return new Places(3, [{ id: "f", flow: { concurrency: [EACH, { limit, scope: "fn" }] } }]);
}

/** Values that live at the places other than the limit's own. */
function elsewhere(at: Places): readonly [string, string] {
  const home = at.placeOf("f");
  const found = new Map<number, string>();
  for (let n = 0; n < 50; n++) if (at.placeOf(`v${n}`) !== home) found.set(at.placeOf(`v${n}`), `v${n}`);
  const [one, two] = [...found.values()];
  return [must(one, "a value"), must(two, "another")];
}

function leased(at: Places): number {
  const { leases } = at.at(at.placeOf("f")).flow.pools.get(POOL) ?? { leases: new Map<number, number>() };
  return [...leases.values()].reduce((sum, count) => sum + count, 0);
}

const used = (state: PartitionState): number => [...state.flow.permits.values()].reduce((sum, permits) => sum + permits.used, 0);

test("a run waits until a permit comes, and the next one needs no message", () => {
  const at = places(5);
  const [value] = elsewhere(at);
  at.event({ k: value }, { key: value }).event({ k: value }, { key: value });
  expect(at.started).toHaveLength(0);
  at.deliver();
  expect(at.started).toHaveLength(2);
  at.complete(must(at.runs[0], "a run"));
  at.event({ k: value }, { key: value });
  expect(at.started).toHaveLength(3);
  expect(at.onTheirWay).toEqual([]);
});

test("over all partitions there are never more than the limit, and those that wait get what others give back", () => {
  const at = places(1);
  const [one, two] = elsewhere(at);
  at.event({ k: one }, { key: one }).event({ k: two }, { key: two }).deliver();
  expect(at.started).toHaveLength(1);
  at.complete(must(at.runs[0], "a run")).deliver();
  expect(at.started).toHaveLength(2);
  expect(at.states.reduce((sum, state) => sum + used(state), 0)).toBe(1);
  at.complete(must(at.runs[0], "a run")).deliver();
  expect(at.states.reduce((sum, state) => sum + used(state), 0)).toBe(0);
});

test("who wants more than there are keeps what it has while nobody else wants any: no message a run", () => {
  const at = places(2);
  const [one] = elsewhere(at);
  for (let n = 0; n < 6; n++) at.event({ k: one }, { key: one });
  at.deliver();
  expect(at.started).toHaveLength(2);
  for (let n = 3; n <= 6; n++) {
    at.complete(must(at.runs[0], "a run"));
    expect(at.started).toHaveLength(n);
    // When the last of them starts, nothing more is wanted.
    if (n < 6) expect(at.onTheirWay).toEqual([]);
  }
});

test("what is not in use goes back when another partition asks", () => {
  const at = places(2);
  const [one, two] = elsewhere(at);
  at.event({ k: one }, { key: one }).event({ k: one }, { key: one }).deliver();
  for (const run of at.runs) at.complete(run);
  expect(leased(at)).toBe(2);
  at.event({ k: two }, { key: two }).deliver();
  expect(at.started).toHaveLength(3);
});

test("a permit that comes when nobody waits any more goes on to those that do", () => {
  const at = places(1);
  const [one, two] = elsewhere(at);
  at.event({ k: one }, { key: one }).event({ k: two, n: 1 }, { key: two }).event({ k: two, n: 2 }, { key: two }).deliver();
  // The run that waits for the permit is cancelled while another has it.
  const queued = at.ofType("RunQueued").findLast(({ events }) => events[0]?.data.includes('"n":1'));
  at.tell(at.placeOf(two), { type: "CancelRun", run: must(queued, "the queued run").run, reason: "enough" });
  at.event({ k: one, n: 3 }, { key: one });
  for (let n = 0; n < 3; n++) for (const run of at.runs) at.complete(run).deliver();
  expect(at.started).toHaveLength(3);
});

test("nobody asks any more for permits that nobody waits for", () => {
  const at = places(1);
  const [one, two] = elsewhere(at);
  at.event({ k: one }, { key: one }).event({ k: two }, { key: two }).deliver();
  const [queued] = at.ofType("RunQueued").filter(({ at: place }) => place === at.placeOf(two));
  at.tell(at.placeOf(two), { type: "CancelRun", run: must(queued, "the queued run").run, reason: "enough" });
  at.complete(must(at.runs[0], "a run")).deliver();
  const state = at.at(at.placeOf("f"));
  expect(state.flow.pools.get(POOL)?.wants.size ?? 0).toBe(0);
  expect(at.at(at.placeOf(two)).flow.permits.get(`${state.partition}@/${POOL}`)?.wanted ?? 0).toBe(0);
});

test("a lower limit calls back what is leased, as it comes free", () => {
  const at = places(2);
  const [one] = elsewhere(at);
  for (let n = 0; n < 4; n++) at.event({ k: one, n }, { key: one });
  at.deliver();
  expect(at.started).toHaveLength(2);
  at.declare([{ id: "f", flow: { concurrency: [EACH, { limit: 1, scope: "fn" }] } }]).deliver();
  at.complete(must(at.runs[0], "a run")).deliver();
  expect(at.started).toHaveLength(2);
  at.complete(must(at.runs[0], "a run")).deliver();
  expect(at.started).toHaveLength(3);
});

test("partitions that want permits of a limit take turns with the runs that wait where it is", () => {
  const shared: ConcurrencySpec = { limit: 1, key: "event.data.s", scope: "app" };
  const at = new Places(3, [
    { id: "f", flow: { concurrency: [shared] }, triggers: ["f"] },
    { id: "g", flow: { concurrency: [{ limit: 9, key: K, scope: "fn" }, shared] }, triggers: ["g"] },
  ]);
  const home = at.placeOf("shared");
  const away = must(
    ["a", "b", "c", "d", "e"].find((value) => at.placeOf(value) !== home),
    "a value",
  );
  for (let n = 0; n < 4; n++) {
    at.event({ s: "shared", k: away }, { name: "f", partition: home });
    at.event({ s: "shared", k: away }, { name: "g", key: away });
  }
  at.deliver();
  const order: string[] = [];
  for (let n = 0; n < 8; n++) {
    const [run] = at.runs;
    order.push(must(run, "a run").functionId);
    at.complete(must(run, "a run")).deliver();
  }
  expect(order.join("")).toMatch(/^f(gf){3}g$/);
});

test("whoever only folds keeps nothing of limits that nobody has permits of any more (R16)", () => {
  const state = emptyState(0, 2);
  for (let n = 0; n < 100; n++) {
    const held = { type: "PermitsHeld", need: permitKey(1, `fn/f/1/s:${n}`), wanted: 0, recalled: false } as const;
    evolve(state, { ...held, granted: 1 }, T0);
    evolve(state, { ...held, granted: 0 }, T0);
  }
  expect(state.flow.permits.size).toBe(0);
  expect(state.flow.waiting.isIdle).toBe(true);
});

test("a partition that may start nothing keeps no permits that others want, and asks again once it may", () => {
  const at = places(1);
  const [one, two] = elsewhere(at);
  at.event({ k: one, n: 1 }, { key: one }).deliver();
  for (const n of [2, 3]) at.event({ k: two, n }, { key: two });
  at.event({ k: one, n: 4 }, { key: one }).deliver();
  at.complete(must(at.runs[0], "the first")).deliver();
  at.close(at.placeOf(one));
  at.complete(must(at.runs[0], "the second")).deliver();
  expect(at.started).toMatchObject([{ n: 1 }, { n: 2 }, { n: 3 }]);
  at.complete(must(at.runs[0], "the third")).deliver();
  at.open(at.placeOf(one)).deliver();
  expect(at.started).toMatchObject([{ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }]);
});
