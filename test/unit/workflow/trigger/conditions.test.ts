// Triggers that ask more than a name, and how a manifest writes triggers down.
import { describe, expect, test } from "vitest";
import type { JournalRecord } from "../../../../engine/workflow/records.ts";
import { TriggerIndex } from "../../../../engine/workflow/trigger/match.ts";
import { parseManifest } from "../../../../engine/workflow/trigger/manifest.ts";
import type { TriggerSpec } from "../../../../engine/workflow/trigger/trigger-spec.ts";
import { given } from "../../../support/given.ts";
import { manifest } from "../../../support/records.ts";

function startedBy(records: readonly JournalRecord[]): readonly string[] {
  return records.flatMap((record) => (record.type === "RunsStarted" ? record.runs.map(({ functionId }) => functionId) : []));
}

/** Functions that an order starts, by what they are triggered by. */
function started(triggers: Readonly<Record<string, readonly TriggerSpec[]>>, data: unknown): readonly string[] {
  const functions = Object.entries(triggers).map(([id, specs]) => ({ id, triggers: specs }));
  return startedBy(given(manifest({ functions })).whenEvent({ data: JSON.stringify(data) }).records);
}

const BIG = { event: "order/created", if: "event.data.total > 100.0" };

describe("a trigger with a condition", () => {
  test("starts its function for events that meet it", () => {
    const triggers = { big: [BIG], any: ["order/created"] };
    expect(started(triggers, { total: 200.5 })).toEqual(["any", "big"]);
    expect(started(triggers, { total: 99 })).toEqual(["any"]);
  });

  test("sees the whole event, and no more", () => {
    expect(started({ f: [{ event: "order/*", if: "event.name == 'order/created' && event.id == 'e1'" }] }, {})).toEqual(["f"]);
  });

  test("is not met where it cannot be answered for an event: something is missing, or of another type", () => {
    expect(started({ big: [BIG] }, {})).toEqual([]);
    expect(started({ big: [BIG] }, { total: "many" })).toEqual([]);
    expect(started({ big: [BIG] }, null)).toEqual([]);
  });

  test("beside others is one of several ways: one that matches is enough, and two start one run", () => {
    const vip = { event: "order/*", if: "event.data.vip == true" };
    expect(started({ f: [BIG, vip] }, { total: 1, vip: true })).toEqual(["f"]);
    expect(started({ f: [BIG, vip] }, { total: 200, vip: true })).toEqual(["f"]);
    expect(started({ f: [BIG, vip] }, { total: 1, vip: false })).toEqual([]);
    expect(started({ f: [BIG, "order/*"] }, { total: 1 })).toEqual(["f"]);
  });

  test("is not asked where a name is enough", () => {
    const asked: string[] = [];
    const index = new TriggerIndex([{ id: "f", triggers: [BIG, "order/*"], onFailure: false }]);
    expect(index.match("order/created", (condition) => (asked.push(condition), false))).toEqual(["f"]);
    expect(index.match("user/created", (condition) => (asked.push(condition), true))).toEqual([]);
    expect(asked).toEqual([]);
  });
});

test("a cron is no trigger of any event, whatever its name", () => {
  const functions = [{ id: "f", triggers: [{ cron: "* * * * *" }] }];
  given(manifest({ functions })).whenEvent({ name: "millrace/cron" }).thenTypes();
  given(manifest({ functions })).whenEvent().thenTypes();
});

describe("a manifest", () => {
  const contentOf = (triggers: readonly TriggerSpec[]): string => manifest({ functions: [{ id: "f", triggers }] }).content;

  test("is the same text for the same triggers, in whatever order and however often they were declared", () => {
    const triggers: readonly TriggerSpec[] = [{ cron: "0 9 * * *", jitterMs: 5, missed: "all" }, BIG, "b", "a"];
    expect(contentOf(triggers)).toBe(contentOf([...triggers, ...triggers].toReversed()));
  });

  test("says nothing of what is so by default", () => {
    expect(contentOf([{ cron: "0 9 * * *", jitterMs: 0, missed: "latest" }])).toBe(contentOf([{ cron: "0 9 * * *" }]));
  });

  test("gives back what was put in", () => {
    const triggers: readonly TriggerSpec[] = ["a", { cron: "0 9 * * *", jitterMs: 5, missed: "all" }, BIG];
    expect(parseManifest(contentOf(triggers)).functions[0]?.triggers).toEqual(triggers);
  });

  test("is another where a condition, a jitter or what becomes of missed ticks is another", () => {
    const cron = { cron: "0 9 * * *" };
    const contents = [
      [BIG],
      [{ ...BIG, if: "true" }],
      ["order/created"],
      [cron],
      [{ ...cron, jitterMs: 1 }],
      [{ ...cron, missed: "none" as const }],
    ];
    expect(new Set(contents.map(contentOf)).size).toBe(contents.length);
  });
});
