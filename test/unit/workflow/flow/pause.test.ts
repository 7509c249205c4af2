// A function is paused: nothing of it starts, and everything that was kept starts when it goes on.
import { expect, test } from "vitest";
import { must } from "../../../../engine/core/errors.ts";
import type { FlowSpec } from "../../../../engine/workflow/flow/spec.ts";
import { Places } from "../../../support/flow/places.ts";

const ONE: FlowSpec = { concurrency: [{ limit: 1, scope: "fn" }] };
const pause = (events: "keep" | "skip" | null) => ({ type: "PauseFunction", functionId: "f", events }) as const;

test("events are kept in order, and start when it goes on", () => {
  const at = new Places(1, [{ id: "f" }]);
  at.tell(0, pause("keep")).event({ n: 1 }).event({ n: 2 });
  expect(at.started).toEqual([]);
  at.tell(0, pause(null));
  expect(at.started).toEqual([{ n: 1 }, { n: 2 }]);
});

test("or they are skipped, with the reason", () => {
  const at = new Places(1, [{ id: "f" }]);
  at.tell(0, pause("skip")).event({ n: 1 }).tell(0, pause(null)).event({ n: 2 });
  expect(at.started).toEqual([{ n: 2 }]);
  expect(at.ofType("RunSkipped")).toMatchObject([{ gate: "pause", eventId: "e0" }]);
});

test("what has begun goes on, and what stands in line waits, though there is room", () => {
  const at = new Places(1, [{ id: "f", flow: ONE }]);
  at.event({ n: 1 }).event({ n: 2 }).tell(0, pause("keep"));
  at.complete(must(at.runs[0], "the first"));
  expect(at.started).toEqual([{ n: 1 }]);
  at.tell(0, pause(null));
  expect(at.started).toEqual([{ n: 1 }, { n: 2 }]);
});

test("what comes home from another gate while it is paused waits there, and goes before those that it held", () => {
  const at = new Places(3, [{ id: "f", flow: ONE }]);
  const home = at.placeOf("f");
  at.event({ n: 1 }, { partition: (home + 1) % 3 });
  for (const { partition } of at.states) at.tell(partition, pause("keep"));
  at.event({ n: 2 }, { partition: home }).deliver();
  expect(at.started).toEqual([]);
  at.tell(home, pause(null));
  expect(at.started).toEqual([{ n: 1 }]);
  at.complete(must(at.runs[0], "the first"));
  expect(at.started).toEqual([{ n: 1 }, { n: 2 }]);
});

test("who waits for its event to be read back when it goes on is passed by nobody", () => {
  const at = new Places(3, [{ id: "f", flow: ONE }]);
  const home = at.placeOf("f");
  at.event({ n: 1 }, { partition: (home + 1) % 3 });
  at.tell(home, pause("keep")).deliver();
  const kept = new Map(at.events);
  at.events.clear();
  at.tell(home, pause(null)).event({ n: 2 }, { partition: home });
  expect(at.started).toEqual([]);
  for (const [run, events] of kept) at.events.set(run, events);
  at.at(home).flow.waiting.freedAll();
  at.look(home);
  expect(at.started).toEqual([{ n: 1 }]);
});

test("it is paused once, and goes on once", () => {
  const at = new Places(1, [{ id: "f" }]);
  at.tell(0, pause(null));
  expect(at.ofType("CellsForgotten")).toEqual([]);
  at.tell(0, pause("keep")).tell(0, pause("keep"));
  expect(at.ofType("CellSet")).toHaveLength(1);
});
