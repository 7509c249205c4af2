// From where on a function counts, as the journal says.
import { expect, test } from "vitest";
import type { ManifestActivated } from "../../../../engine/workflow/records.ts";
import { EVENTS, manifest } from "../../../support/records.ts";
import { given, type Given } from "../../../support/given.ts";

const seamOf = ({ state }: Given, id = "new"): unknown => {
  const seam = state.seams.get(id);
  return seam === undefined ? undefined : { at: Object.fromEntries(seam.from), isReached: seam.isReached };
};

function deployed(
  version: number,
  offset: number,
  triggers: readonly string[] | null,
  over: Partial<ManifestActivated> = {},
): ManifestActivated {
  const functions = [{ id: "old" }, ...(triggers === null ? [] : [{ id: "new", triggers: [...triggers] }])];
  return { ...manifest({ version, functions, from: [{ topic: "app.events", partition: 0, offset }] }), ...over };
}

test("a function counts from where its first manifest took over, whatever follows that leaves its triggers as they are", () => {
  const it = given(deployed(0, 0, null), deployed(1, 40, ["go"]), deployed(2, 90, ["go"]));
  expect(seamOf(it)).toEqual({ at: { "app.events/0": 40 }, isReached: false });
  expect(seamOf(it, "old")).toEqual({ at: { "app.events/0": 0 }, isReached: false });
});

test("with other triggers, or after it was gone, it counts anew, and events from before may have entered it", () => {
  const changed = given(deployed(1, 40, ["go"]), deployed(2, 90, ["go", "went"]));
  expect(seamOf(changed)).toEqual({ at: { "app.events/0": 90 }, isReached: true });
  const back = given(deployed(1, 40, ["go"]), deployed(2, 50, null), deployed(3, 90, ["go"]));
  expect(seamOf(back)).toEqual({ at: { "app.events/0": 90 }, isReached: true });
});

test("a cron that comes or goes leaves it as it is", () => {
  const functions = [{ id: "new", triggers: ["go", { cron: "0 9 * * *" }] }];
  const from = [{ topic: "app.events", partition: 0, offset: 90 }];
  expect(seamOf(given(deployed(1, 40, ["go"]), manifest({ version: 2, functions, from })))).toMatchObject({ at: { "app.events/0": 40 } });
});

test("a source that is new counts from where it begins; those that are no sources have no seam", () => {
  const more = [EVENTS, { topic: "foreign", partitions: 1, from: "now" as const }];
  const from = ["app.events", "foreign", "app.inbox"].map((topic) => ({ topic, partition: 0, offset: 70 }));
  const it = given(deployed(1, 40, ["go"]), manifest({ version: 2, functions: [{ id: "new", triggers: ["go"] }], sources: more, from }));
  expect(seamOf(it)).toEqual({ at: { "app.events/0": 40, "foreign/0": 70 }, isReached: false });
});

test("where a topic was made anew and its source begins before the seam, what comes there counts", () => {
  const set = { type: "SourcePositionSet", topic: "app.events", partition: 0, from: 80, to: 3 } as const;
  expect(seamOf(given(deployed(1, 40, ["go"]), set))).toMatchObject({ at: { "app.events/0": 3 } });
  expect(seamOf(given(deployed(1, 40, ["go"]), { ...set, to: 100 }))).toMatchObject({ at: { "app.events/0": 40 } });
});
