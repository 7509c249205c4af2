// Whatever the code was, and whatever it is now: a run that differs is repeated from where it differs, nothing that it takes over is computed
// again, and afterwards it is what today's code makes of it.
import fc from "fast-check";
import pino from "pino";
import { expect, test } from "vitest";
import type { RunId } from "../../../engine/core/ids.ts";
import { isChange } from "../../../engine/replay/dry-run/report.ts";
import { applyReruns, type Applied } from "../../../engine/replay/rerun/apply.ts";
import { rebuildDigest } from "../../../engine/replay/verify.ts";
import { Millrace } from "../../../engine/sdk/millrace.ts";
import { until } from "../../support/faults/until.ts";
import { rounds, untilMet } from "../../support/rounds.ts";
import { past, TOPICS, type Code, type Past } from "./past-app.ts";

/** A step of the function, one after the other; what it comes to depends on all before it. */
interface Part {
  readonly kind: "pure" | "effect" | "send" | "nap" | "both";
  readonly id: string;
  readonly value: number;
}

const part: fc.Arbitrary<Part> = fc.record({
  kind: fc.constantFrom("pure", "pure", "effect", "send", "nap", "both"),
  id: fc.constantFrom("a", "b", "c"),
  value: fc.nat(2),
});
const change = fc.oneof(
  fc.record({ kind: fc.constant("value" as const), at: fc.nat(5), by: fc.nat(2) }),
  fc.record({ kind: fc.constant("insert" as const), at: fc.nat(5), part }),
  fc.record({ kind: fc.constant("remove" as const), at: fc.nat(5) }),
  fc.constant({ kind: "nothing" as const }),
);

function changed(parts: readonly Part[], what: typeof change extends fc.Arbitrary<infer T> ? T : never): readonly Part[] {
  switch (what.kind) {
    case "value":
      return parts.map((one, index) => (index === what.at % parts.length ? { ...one, value: one.value + what.by } : one));
    case "insert":
      return parts.toSpliced(what.at % (parts.length + 1), 0, what.part);
    case "remove":
      return parts.toSpliced(what.at % parts.length, 1);
    case "nothing":
      return parts;
  }
}

/** `executed`: keys of steps whose code was called, by run. */
function codeOf(parts: readonly Part[], executed: Map<RunId, string[]>): Code {
  return async ({ step, runId }) => {
    let sum = 0;
    const run = (id: string, isPure: boolean, value: number): Promise<number> =>
      step.run({ id, pure: isPure }, () => {
        executed.set(runId, [...(executed.get(runId) ?? []), id]);
        return value;
      });
    for (const [place, { kind, id, value }] of parts.entries()) {
      switch (kind) {
        case "pure":
        case "effect":
          sum += await run(id, kind === "pure", sum + value);
          break;
        case "send":
          await step.sendEvent("tell", { name: "told", data: { sum } });
          break;
        case "nap":
          await step.sleep("nap", 1);
          break;
        case "both": {
          const [one, two] = await Promise.all([run(`${id} one`, true, value), run(`${id} two ${place % 2}`, false, value)]);
          sum += one + two;
          break;
        }
      }
    }
    return { sum };
  };
}

async function apply(before: Past, chosen: Parameters<typeof applyReruns>[0]["chosen"]): Promise<Applied> {
  return applyReruns({
    log: before.log,
    topics: TOPICS,
    partitions: 1,
    functionId: "f",
    operation: "op",
    chosen,
    emit: "changed",
    whileRunning: "refuse",
    whereCancelled: "skip",
    rate: 0,
  });
}

test("a run that differs is repeated from there; what it takes over is not computed again, and then nothing differs (R2)", async () => {
  let repeated = 0;
  let taken = 0;
  await untilMet(
    () => ({ repeated, taken }),
    { repeated: 2, taken: 2 },
    () =>
      fc.assert(
        fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 6 }), change, async (parts, what) => {
          const today = changed(parts, what);
          await using before = await past(codeOf(parts, new Map()), { data: [1] });
          const report = await before.dryRun(codeOf(today, new Map()));
          const affected = report.runs.filter(({ verdict }) => isChange(verdict));
          const chosen = new Map(affected.map(({ run, original, keep }) => [original ?? run, { run, keep }]));
          const applied = await apply(before, chosen);
          expect([...applied.told.keys()]).toEqual([...chosen.keys()]);

          const executed = new Map<RunId, string[]>();
          const over = Promise.withResolvers<void>();
          let left = applied.told.size;
          const app = new Millrace(
            { id: "app", partitions: 1, logger: pino({ level: "silent" }), stopGraceMs: 0 },
            {
              log: before.log,
              divergenceGraceMs: 5,
              onFrame: (_, { records }) => {
                for (const record of records) {
                  if (record.type === "RunParked") over.reject(new Error(`parked: ${record.difference}`));
                  if (record.type === "RunCompleted" && --left === 0) over.resolve();
                }
              },
            },
          );
          app.createFunction({ id: "f", triggers: [{ event: "go" }], retries: 0 }, codeOf(today, executed));
          await app.start();
          if (left > 0) await over.promise;
          const live = await until("the partition is owned", async () => (await app.digests()).get(0) ?? null);
          expect(await rebuildDigest({ log: before.log, topics: TOPICS, partition: 0, untilLsn: live.lsn })).toEqual(live);
          await app.stop();

          for (const [original, again] of applied.told) {
            repeated += 1;
            const kept = (chosen.get(original)?.keep ?? []).map((key) => key.slice(0, key.lastIndexOf("#")));
            taken += kept.length;
            // Ids come again, so what counts is how often.
            for (const id of new Set(kept)) {
              const all = idsOf(today).filter((one) => one === id).length;
              const ran = (executed.get(again) ?? []).filter((one) => one === id).length;
              if (all > 0) expect(ran).toBe(all - kept.filter((one) => one === id).length);
            }
          }
          expect((await before.dryRun(codeOf(today, new Map()))).counts.same).toBe(1);
          // The same operation finds nothing left to do.
          expect(await apply(before, chosen)).toMatchObject({ told: new Map(), before: [...chosen.keys()], unknown: [] });
        }),
        rounds(30),
      ),
  );
}, 120_000);

/** Of steps with code. */
function idsOf(parts: readonly Part[]): readonly string[] {
  return parts.flatMap(({ kind, id }, place) => {
    if (kind === "both") return [`${id} one`, `${id} two ${place % 2}`];
    return kind === "pure" || kind === "effect" ? [id] : [];
  });
}
