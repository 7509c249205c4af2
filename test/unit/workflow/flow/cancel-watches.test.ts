// What is watched for a run while it waits before it begins is called off when it goes on, by whoever told that it is to be watched for (R16).
import { expect, test } from "vitest";
import { must } from "../../../../engine/core/errors.ts";
import type { FlowSpec } from "../../../../engine/workflow/flow/spec.ts";
import { pauseKey } from "../../../../engine/workflow/flow/keys.ts";
import { Places } from "../../../support/flow/places.ts";

const K = "event.data.k";
const STOP = [{ event: "stop", match: "data.k" }];

function watches(at: Places): readonly string[] {
  return at.states.flatMap(({ waits }) => [...waits.values()].map(({ run, step }) => `${run} ${step}`));
}

function paused(flow: FlowSpec): Places {
  const at = new Places(3, [{ id: "f", cancelOn: STOP, flow }]);
  for (const { partition } of at.states) at.tell(partition, { type: "PauseFunction", functionId: "f", events: "keep" });
  return at;
}

function resume(at: Places): Places {
  for (const { partition } of at.states) at.tell(partition, { type: "PauseFunction", functionId: "f", events: null });
  expect(at.states.some(({ flow }) => flow.cells.has(pauseKey("f")))).toBe(false);
  return at;
}

test("a run that was paused is watched for once, wherever it starts, and no more when it is over", () => {
  const at = paused({ concurrency: [{ limit: 9, key: K, scope: "fn" }] });
  for (const k of ["a", "b", "c", "d"]) at.event({ k });
  at.deliver();
  expect(watches(at)).toHaveLength(4);
  resume(at).deliver();
  expect(at.started).toHaveLength(4);
  expect(watches(at)).toHaveLength(4);
  for (const run of at.runs) at.complete(run);
  expect(watches(at.deliver())).toEqual([]);
});

test("in whatever order others are told: a run that is skipped at its next gate is not watched for, one that starts there is", () => {
  const at = paused({ rateLimit: { limit: 1, periodMs: 60_000, key: '"all"' }, concurrency: [{ limit: 9, scope: "fn" }] });
  const partition = (at.placeOf("all") + 1) % 3;
  for (const k of ["a", "b", "c", "d"]) at.event({ k }, { partition });
  resume(at);
  // What the partition of the first gate tells of watches comes late, in its order.
  const late = at.onTheirWay.filter(({ body }) => body.type === "RegisterWait" || body.type === "CancelWait");
  at.onTheirWay.splice(0, Infinity, ...at.onTheirWay.filter((message) => !late.includes(message)));
  at.deliver();
  at.onTheirWay.push(...late);
  at.deliver();
  expect(at.started).toHaveLength(1);
  expect(watches(at)).toHaveLength(1);
  at.complete(must(at.runs[0], "the run")).deliver();
  expect(watches(at)).toEqual([]);
});

test("what a deployment made of its function meanwhile changes nothing of that: gathered with others", () => {
  const at = paused({});
  at.event({ k: "a" }).event({ k: "b" }).deliver();
  at.declare([{ id: "f", cancelOn: STOP, flow: { debounce: { periodMs: 1_000 } } }]);
  resume(at).deliver().pass(2_000);
  expect(at.started).toEqual([{ k: "b" }]);
  at.complete(must(at.runs[0], "the run")).deliver();
  expect(watches(at)).toEqual([]);
});

test("what a deployment made of its function meanwhile changes nothing of that: watched for elsewhere, or no more", () => {
  const flow: FlowSpec = { concurrency: [{ limit: 1, scope: "fn" }] };
  for (const cancelOn of [[{ event: "other", match: "data.n" }], [...STOP, ...STOP], []]) {
    const at = new Places(5, [{ id: "f", cancelOn: STOP, flow }]);
    for (let n = 0; n < 4; n++) at.event({ k: `k${n}`, n });
    at.deliver();
    at.declare([{ id: "f", cancelOn, flow }]);
    for (let [run] = at.runs; run !== undefined; [run] = at.runs) at.complete(run).deliver();
    expect(at.started).toHaveLength(4);
    expect(watches(at)).toEqual([]);
  }
});
