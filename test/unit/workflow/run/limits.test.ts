// What one run may hold, so that a decision that names all of it fits into a frame (R15, R16).
import { expect, test } from "vitest";
import type { StepKey } from "../../../../engine/core/ids.ts";
import { encodeFrame, newestFormat } from "../../../../engine/journal/frame-formats.ts";
import { encodeMessage } from "../../../../engine/journal/inbox.ts";
import { MAX_ENCODED_BYTES } from "../../../../engine/log/kafka/produce.ts";
import type { JournalRecord } from "../../../../engine/workflow/records.ts";
import { T0 } from "../../../support/fake-clock.ts";
import { given, type Given, type Outcome } from "../../../support/given.ts";
import { manifest, RUN, runsStarted, step } from "../../../support/records.ts";

/** A run that waits for so many events at once, or for as many as it may. */
function waiting(
  count: number,
  idLength: number,
): { readonly partition: Given; readonly keys: readonly StepKey[]; readonly last: Outcome } {
  const partition = given(
    manifest({ functions: [{ id: "f", onCancel: true }] }),
    runsStarted({ event: { data: `"${"x".repeat(1024 * 1024 - 2)}"` } }),
  );
  const keys: StepKey[] = [];
  for (;;) {
    const key = step(String(keys.length).padEnd(idLength, "x"));
    const place = { run: RUN, step: key, event: "paid", path: "data.id", value: "n:1", condition: null, bindings: null };
    const last = partition.when({
      type: "StartWait",
      ...place,
      timeoutMs: null,
      lookbackMs: 0,
      purpose: "step",
      replaces: false,
      resting: true,
    });
    if (keys.length === count || last.records[0]?.type !== "WaitStarted") return { partition, keys, last };
    partition.and(...last.records);
    keys.push(key);
  }
}

function frameBytes({ records, messages }: Outcome): number {
  const sent = messages.map(({ to, body }, n): JournalRecord => ({ type: "MessageSent", to, sequence: n + 1, body: encodeMessage(body) }));
  return encodeFrame({ epoch: 1, nonce: 1, lsn: 1, time: T0, inputs: [], records: [...records, ...sent] }, newestFormat()).length;
}

test.each([256, 100, 20])("a run with as many waits as it may have, of ids of %i characters, ends in one frame", (idLength) => {
  const { partition, keys, last } = waiting(Number.POSITIVE_INFINITY, idLength);
  expect(last.records[0]).toMatchObject({ type: "RunFailed", error: { name: "TooManyStepsError" } });
  expect(frameBytes(last)).toBeLessThan(MAX_ENCODED_BYTES);
  expect(frameBytes(partition.whenTold({ type: "CancelRun", run: RUN, reason: "as asked" }))).toBeLessThan(MAX_ENCODED_BYTES);
  expect(frameBytes(partition.when({ type: "CompleteRun", run: RUN, output: null }))).toBeLessThan(MAX_ENCODED_BYTES);
  expect(frameBytes(partition.when({ type: "CancelSteps", run: RUN, steps: keys }))).toBeLessThan(MAX_ENCODED_BYTES);
});

test("ids of steps may take 1 MiB, and the error says so", () => {
  const { keys, last } = waiting(Number.POSITIVE_INFINITY, 256);
  expect(keys.length).toBe(4_096);
  expect(last.records[0]).toMatchObject({ error: { message: expect.stringMatching(/1024 KiB of step ids/) as unknown } });
});
