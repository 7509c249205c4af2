// Whatever a run said, and whatever is said in its place: nothing is said twice, nothing is corrected twice, and no id comes again.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { StepKey } from "../../../../engine/core/ids.ts";
import { sentDigest, type EmittedBySteps, type RerunState } from "../../../../engine/workflow/run/rerun-state.ts";
import type { StepState } from "../../../../engine/workflow/state.ts";
import { outgoingOf } from "../../../../engine/workflow/step/sent-again.ts";
import type { EventToOwe } from "../../../../engine/workflow/step/send-events.ts";
import { RUN, runId, step } from "../../../support/records.ts";
import { rounds, untilMet } from "../../../support/rounds.ts";

const event: fc.Arbitrary<EventToOwe> = fc.record({
  name: fc.constantFrom("paid", "told"),
  key: fc.constantFrom("k", null),
  data: fc.constantFrom("1", "2", "3"),
  id: fc.constantFrom(null, null, "mine", "before-1"),
  time: fc.constant(null),
});
const said = fc.dictionary(fc.constantFrom("a", "b", "c", "d"), fc.array(event, { maxLength: 4 }), { maxKeys: 3 });

function digestOf({ name, key, data }: EventToOwe): string {
  return sentDigest(name, key, Buffer.from(data), "json");
}

test("events of a re-run, step by step", async () => {
  const seen = { equal: 0, elsewhere: 0, corrected: 0, added: 0 };
  await untilMet(
    () => seen,
    { equal: 50, elsewhere: 50, corrected: 50, added: 50 },
    () =>
      fc.assert(
        fc.property(said, said, fc.constantFrom<RerunState["emit"]>("changed", "all", "none"), (before, today, emit) => {
          let number = 0;
          const emitted: EmittedBySteps = Object.fromEntries(
            Object.entries(before).map(([id, events]) => [
              step(id),
              events.map((one) => ({ id: `before-${number++}`, name: one.name, key: one.key, digest: digestOf(one) })),
            ]),
          );
          const heard = new Map(Object.values(emitted).flatMap((events) => events.map((one) => [one.id, one] as const)));
          const rerun: RerunState = { original: runId("original"), operation: "op", emit, emitted, waits: {} };
          const steps = new Map<StepKey, StepState>();
          const taken: string[] = [];
          const given: string[] = [];
          for (const [id, events] of Object.entries(today)) {
            const key = step(id);
            const own = emitted[key] ?? [];
            const free = own.filter((one) => !taken.includes(one.id));
            const out = outgoingOf({ id: RUN, rerun, steps }, key, events);
            expect(out).toHaveLength(events.length);
            let equal = 0;
            for (const [index, of] of events.entries()) {
              const one = out[index];
              if (one === undefined) continue;
              const replaced = one.isSent ? one.corrects : heard.has(one.id) ? one.id : null;
              const isEqual = replaced !== null && heard.get(replaced)?.digest === digestOf(of);
              if (replaced !== null) taken.push(replaced);
              // Who gives two events one id has wanted one.
              if (one.isSent && one.id !== of.id) given.push(one.id);
              if (one.isSent) expect(heard.has(one.id)).toBe(false);
              if (emit === "changed") expect(one.isSent).toBe(!isEqual);
              else expect(one.isSent).toBe(emit === "all");
              if (isEqual) equal += 1;
              if (replaced === null) seen.added += 1;
              else if (!isEqual) seen.corrected += 1;
              else if (own.some((other) => other.id === replaced)) seen.equal += 1;
              else seen.elsewhere += 1;
            }
            // Nothing that equals something is taken for new, or for a correction, while that is left.
            if (emit === "changed" && own.length > 0) {
              const digests = new Set(events.map(digestOf));
              const atMost = [...digests].map((digest) =>
                Math.min(events.filter((of) => digestOf(of) === digest).length, free.filter((one) => one.digest === digest).length),
              );
              expect(equal).toBe(atMost.reduce((sum, count) => sum + count, 0));
            }
            steps.set(key, { status: "completed", output: JSON.stringify({ ids: out.map((one) => one.id) }), order: steps.size });
          }
          expect(new Set(taken).size).toBe(taken.length);
          expect(new Set(given).size).toBe(given.length);
        }),
        rounds(2_000),
      ),
  );
}, 60_000);
