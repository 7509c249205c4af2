// What an event starts, and which events count twice: none.
import { describe, expect, test } from "vitest";
import { deriveRunId } from "../../../engine/core/ids.ts";
import {
  decodeEvent,
  encodeEvent,
  markedId,
  type EventRecord,
  type OutgoingEvent,
  type ReadEvent,
} from "../../../engine/workflow/event/cloud-event.ts";
import { MAX_IDS, MAX_PRODUCERS, WINDOW_MS } from "../../../engine/workflow/source/source.ts";
import { matches, TriggerIndex } from "../../../engine/workflow/trigger/match.ts";
import type { JournalRecord } from "../../../engine/workflow/records.ts";
import { T0 } from "../../support/fake-clock.ts";
import { given } from "../../support/given.ts";
import { manifest, startedRun } from "../../support/records.ts";

function startedBy(records: readonly JournalRecord[]): readonly string[] {
  return records.flatMap((record) => (record.type === "RunsStarted" ? record.runs.map(({ functionId }) => functionId) : []));
}

describe("fan-out", () => {
  const functions = [
    { id: "exact", triggers: ["order/created"] },
    { id: "wild", triggers: ["order/*"] },
    { id: "twice", triggers: ["order/*", "order/created", "*"] },
    { id: "other", triggers: ["order/deleted"] },
  ];

  test("starts one run for every matching function, in one decision, however many of its triggers match", () => {
    const { records } = given(manifest({ functions })).whenEvent();
    expect(records).toHaveLength(1);
    expect(startedBy(records)).toEqual(["exact", "twice", "wild"]);
  });

  test("gives every run an id that follows from the event's place (R10)", () => {
    const { records } = given(manifest({ functions: [{ id: "f" }] })).whenEvent({ time: T0 }, { offset: 17 });
    const id = records[0]?.type === "RunsStarted" ? records[0].runs[0]?.id : null;
    expect(id).toBe(deriveRunId(T0, 0, "f", "app.events-0-17"));
  });

  test("takes the log's time where the producer said none", () => {
    const { records } = given(manifest()).whenEvent({ time: null }, { appendedAt: T0 + 9 });
    expect(records[0]).toMatchObject({ event: { time: T0 + 9 } });
  });

  test("is nothing where no function wants it, or none is known yet", () => {
    given(manifest({ functions }))
      .whenEvent({ name: "user/created" })
      .then(...startedFor("twice", "user/created"));
    given(manifest({ functions: [{ id: "f" }] }))
      .whenEvent({ name: "user/created" })
      .thenIgnored("no function wants it, and no wait");
  });

  function startedFor(functionId: string, name: string): JournalRecord[] {
    const event = {
      id: "e1",
      name,
      data: "{}",
      time: T0,
      key: null,
      topic: "app.events",
      partition: 0,
      offset: 0,
      appendedAt: T0,
      corrects: null,
      trace: null,
    };
    return [
      { type: "RunsStarted", event, runs: [startedRun(deriveRunId(T0, 0, functionId, "app.events-0-0"), { functionId })], batch: [] },
    ];
  }

  test.each([
    ["a", "a", true],
    ["a", "a/b", false],
    ["a/*", "a/b", true],
    ["a/*", "a/b/c", true],
    ["a/*", "a/", true],
    ["a/*", "a", false],
    ["a*", "ab", true],
    ["*", "anything", true],
    ["A", "a", false],
  ])("trigger %s, event %s: %s", (trigger, name, expected) => {
    expect(matches(trigger, name)).toBe(expected);
  });

  test("answers the same for the ten thousand and first name as for the first (R16)", () => {
    const index = new TriggerIndex([{ id: "f", triggers: ["n*"], onFailure: false }]);
    const match = (name: string): readonly string[] => index.match(name, () => false);
    for (let n = 0; n < 10_001; n++) expect(match(`n${n}`)).toEqual(["f"]);
    expect(match("n0")).toEqual(["f"]);
    expect(match("m")).toEqual([]);
  });
});

describe("a duplicate", () => {
  test("by its id is ignored for 24 hours, and counts again after", () => {
    const read = given(manifest()).read({ ids: ["e1"] }, T0);
    read.whenEvent().thenIgnored("duplicate");
    read.whenEvent({ id: "e2" }).thenTypes("RunsStarted");
    read
      .read({ next: 2 }, T0 + WINDOW_MS - 1)
      .whenEvent()
      .thenIgnored("duplicate");
    read
      .read({ next: 3 }, T0 + WINDOW_MS)
      .whenEvent()
      .thenTypes("RunsStarted");
  });

  test("does not keep its id alive: 24 hours count from when it was decided", () => {
    const read = given(manifest())
      .read({ ids: ["e1"] }, T0)
      .read({ ids: ["e1"] }, T0 + WINDOW_MS - 1);
    read
      .read({ ids: [] }, T0 + WINDOW_MS)
      .whenEvent()
      .thenTypes("RunsStarted");
  });

  test("of our own sending is known by (producer, n): at or below the last of its producer", () => {
    const read = given(manifest()).read({ producers: [{ producer: "p", sequence: 5 }] });
    const event = (producer: string, sequence: number): Partial<ReadEvent> => ({
      id: markedId(producer, sequence),
      once: { by: "producer", producer, sequence },
    });
    read.whenEvent(event("p", 5)).thenIgnored("duplicate");
    read.whenEvent(event("p", 1)).thenIgnored("duplicate");
    read.whenEvent(event("p", 6)).thenTypes("RunsStarted");
    read.whenEvent(event("q", 5)).thenTypes("RunsStarted");
  });

  test("a producer that falls back is not forgotten what it said", () => {
    const read = given(manifest())
      .read({ producers: [{ producer: "p", sequence: 5 }] })
      .read({ producers: [{ producer: "p", sequence: 3 }] });
    expect(read.state.sources.get("app.events/0")?.producers.get("p")?.sequence).toBe(5);
  });

  test("a producer is forgotten 24 hours after it was last heard of", () => {
    const read = given(manifest())
      .read({ producers: [{ producer: "p", sequence: 5 }] }, T0)
      .read({ producers: [{ producer: "p", sequence: 6 }] }, T0 + 1_000);
    const knows = (): boolean => read.state.sources.get("app.events/0")?.producers.has("p") === true;
    read.read({}, T0 + WINDOW_MS);
    expect(knows()).toBe(true);
    read.read({}, T0 + 1_000 + WINDOW_MS);
    expect(knows()).toBe(false);
  });

  test("is no longer known past the bound, the oldest first (R16)", () => {
    const ids = Array.from({ length: MAX_IDS + 2 }, (_, n) => `id ${n}`);
    const producers = Array.from({ length: MAX_PRODUCERS + 1 }, (_, n) => ({ producer: `p${n}`, sequence: 1 }));
    const source = given(manifest()).read({ ids, producers }).state.sources.get("app.events/0");
    expect(source?.ids.size).toBe(MAX_IDS);
    expect(["id 1", "id 2"].map((id) => source?.ids.has(id))).toEqual([false, true]);
    expect(source?.producers.size).toBe(MAX_PRODUCERS);
    expect(source?.producers.has("p0")).toBe(false);
  });
});

describe("the active manifest", () => {
  const activate = (version: number, offset = 9): Parameters<ReturnType<typeof given>["when"]>[0] => {
    const { hash, content } = manifest({ version });
    return { type: "ActivateManifest", version, hash, content, starts: [{ topic: "app.events", partition: 0, offset }] };
  };

  test("is the newest: an older one, or itself again, is ignored", () => {
    const state = given(manifest({ version: 5 }));
    state.when(activate(4)).thenIgnored("a newer manifest is active");
    state.when(activate(5)).thenIgnored("a newer manifest is active");
    state.when(activate(6)).thenTypes("ManifestActivated");
  });

  test("begins a new source where it was told, and goes on with a known one where that is", () => {
    given()
      .when(activate(0))
      .then(manifest({ from: [{ topic: "app.events", partition: 0, offset: 9 }] }));
    const known = given(manifest()).read({ next: 3 }).when(activate(1)).records[0];
    expect(known).toMatchObject({ from: [{ offset: 3 }] });
    const state = given(manifest())
      .read({ next: 3 })
      .and(manifest({ version: 1, from: [{ topic: "app.events", partition: 0, offset: 99 }] }));
    expect(state.state.sources.get("app.events/0")?.next).toBe(3);
  });

  test("retires what it does not name", () => {
    given(manifest(), manifest({ version: 1, functions: [{ id: "g", triggers: ["x"] }] }))
      .whenEvent()
      .thenIgnored("no function wants it, and no wait");
  });

  test("is the same text for the same functions, in whatever order they were declared", () => {
    const one = manifest({ functions: [{ id: "a", triggers: ["x", "y"] }, { id: "b" }] });
    const other = manifest({ functions: [{ id: "b" }, { id: "a", triggers: ["y", "x"] }] });
    expect(one.content).toBe(other.content);
  });
});

test("a position that people set is where the source goes on, and what was last read is not asked of it", () => {
  const state = given(manifest()).read({ next: 3, last: 2, hash: 7 });
  state.and({ type: "SourcePositionSet", topic: "app.events", partition: 0, from: 3, to: 10 });
  expect(state.state.sources.get("app.events/0")).toMatchObject({ next: 10, last: -1, hash: 0 });
});

test("what was read of a source that no manifest named is no-op", () => {
  expect(given().read({ topic: "unknown", ids: ["a"] }).state.sources.size).toBe(0);
});

test("in a topic whose ids are ignored, an offset is all that counts once", () => {
  const read = given(manifest()).read({ ids: ["e1"] });
  read.whenEvent({}, { isIdIgnored: true }).thenTypes("RunsStarted");
});

/** As the log gives it back: headers are bytes. */
function stored(event: OutgoingEvent): EventRecord {
  const { key, value, headers } = encodeEvent(event);
  return { key, value, headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])) };
}

describe("an event that went through the log as a CloudEvent", () => {
  const event = { id: "i 😀", name: "order/created", data: `{"a":"é"}`, time: T0, key: "k", source: "shop" };

  test("is the same, and counts once by who says it and its id", () => {
    const { source, ...rest } = event;
    expect(decodeEvent(stored(event))).toEqual({ ok: true, event: { ...rest, once: { by: "id", key: `${source.length}:${source}i 😀` } } });
  });

  test("with an id of our own sending counts once by its producer and number", () => {
    const once = { by: "producer", producer: "p.3", sequence: 12 };
    expect(decodeEvent(stored({ ...event, key: null, id: markedId("p.3", 12) }))).toMatchObject({ event: { key: null, once } });
  });
});
