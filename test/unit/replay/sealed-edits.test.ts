// What people give otherwise in a re-run is sealed for whom the run is about, whichever way that came into it.
import { expect, test } from "vitest";
import { stepKey } from "../../../engine/core/ids.ts";
import type { PastRun } from "../../../engine/replay/history/past-run.ts";
import { sealedFor } from "../../../engine/replay/rerun/edits.ts";
import { seal } from "../../../engine/sealing/cipher.ts";
import { newKey } from "../../../engine/sealing/key-record.ts";
import type { TriggerEvent } from "../../../engine/workflow/records.ts";
import type { StepState } from "../../../engine/workflow/state.ts";

const SEALED = seal(newKey("0".repeat(32)), '"Ada"');
const OTHER = seal(newKey("1".repeat(32)), '"Grace"');
const STEP = stepKey("a", 0);
const SEALING = {
  open: (text: string) => ({ kind: "open", text }) as const,
  isErased: () => false,
  sealLike: (model: string, text: string) => `${text} like ${model}`,
};

function event(data: string, name = "user/told"): TriggerEvent {
  return { id: "1", name, data, time: 0, key: null, topic: "t", partition: 0, offset: 0, appendedAt: 0, corrects: null, trace: null };
}

function past(begunBy: readonly [TriggerEvent, ...TriggerEvent[]], steps: readonly StepState[] = []): PastRun {
  const [first, ...batch] = begunBy;
  const state = { event: first, flow: { batch }, steps: new Map(steps.map((step, n) => [stepKey("a", n), step])) };
  return { state } as unknown as PastRun;
}

function edited(run: PastRun): readonly (string | null | undefined)[] {
  const { data, outputs } = sealedFor(run, { data: "1", outputs: new Map([[STEP, "2"]]) }, SEALING);
  return [data, outputs.get(STEP)];
}

test.each([
  ["its event", past([event(SEALED)])],
  ["an event of its batch", past([event("1"), event(SEALED), event(OTHER)])],
  ["the run that failed, which it is told of", past([event(`{"event":{"data":${SEALED}}}`, "millrace/function.failed")])],
  ["an event that it waited for", past([event("1")], [{ status: "resolved", event: event(SEALED), order: 4, since: 0, interest: 0 }])],
  [
    "the first result that is about somebody",
    past(
      [event("1")],
      [
        { status: "completed", output: OTHER, order: 7 },
        { status: "completed", output: "3", order: 1 },
        { status: "completed", output: SEALED, order: 3 },
      ],
    ),
  ],
])("as %s is", (_, run) => {
  expect(edited(run)).toEqual([`1 like ${SEALED}`, `2 like ${SEALED}`]);
});

test("and stays as it is where nothing of the run is about anybody", () => {
  expect(edited(past([event("1")], [{ status: "completed", output: "3", order: 1 }]))).toEqual(["1", "2"]);
});
