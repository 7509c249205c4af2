// A run has a time to begin in, and a time to be over in.
import { beforeEach, expect, test } from "vitest";
import { evolveClaim } from "../../../../engine/workflow/ownership/claim.ts";
import { T0 } from "../../../support/fake-clock.ts";
import { given, type Given } from "../../../support/given.ts";
import { RUN, startedRun, stepCompleted, triggerEvent } from "../../../support/records.ts";

let partition: Given;
let offset: number;

beforeEach(() => {
  partition = given();
  offset = 0;
});

function claims(worker: string): void {
  const replaces = partition.state.owner?.epoch ?? -1;
  offset += 100;
  expect(evolveClaim(partition.state, { nonce: offset, replaces, worker, time: T0 }, offset)).toBe(true);
}

function starts(times: { readonly startBy?: number; readonly finishBy?: number }): void {
  partition.and({ type: "RunsStarted", event: triggerEvent(), runs: [startedRun(RUN, times)], batch: [] });
}

const timeOut = (isBegun = false): ReturnType<Given["when"]> => partition.when({ type: "TimeOutRun", run: RUN, isBegun }, T0 + 1_000);

test("timeouts.start cancels a run whose code the owner that started it did not call in time", () => {
  claims("A");
  starts({ startBy: T0 + 1_000 });
  partition.when({ type: "TimeOutRun", run: RUN, isBegun: false }, T0 + 999).thenIgnored("it is in time");
  expect(timeOut().records[0]).toMatchObject({
    type: "RunCancelled",
    run: RUN,
    reason: expect.stringMatching(/timeouts.start/) as unknown,
  });
});

test("timeouts.start leaves a run alone that has begun: by this owner, by its record, or maybe under an owner before", () => {
  claims("A");
  starts({ startBy: T0 + 1_000 });
  timeOut(true).thenIgnored("it is in time");
  claims("B");
  timeOut().thenIgnored("it is in time");
  partition.and(stepCompleted());
  timeOut().thenIgnored("it is in time");
});

test("timeouts.finish cancels it under any owner", () => {
  claims("A");
  starts({ finishBy: T0 + 1_000 });
  claims("B");
  expect(timeOut(true).records[0]).toMatchObject({ type: "RunCancelled", reason: expect.stringMatching(/timeouts.finish/) as unknown });
});
