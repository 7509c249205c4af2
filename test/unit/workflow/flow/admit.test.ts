import { expect, test } from "vitest";
import { must } from "../../../../engine/core/errors.ts";
import type { RunId } from "../../../../engine/core/ids.ts";
import { evolve } from "../../../../engine/workflow/evolve.ts";
import { admitNext, type AdmissionHost } from "../../../../engine/workflow/flow/lines/admit.ts";
import { gateKey, poolKey } from "../../../../engine/workflow/flow/keys.ts";
import type { FlowSpec } from "../../../../engine/workflow/flow/spec.ts";
import { emptyState } from "../../../../engine/workflow/state.ts";
import { T0 } from "../../../support/fake-clock.ts";
import { manifest, runId, runQueued, triggerEvent } from "../../../support/records.ts";

const flow: FlowSpec = {
  concurrency: [{ limit: 5, scope: "fn" }],
  throttle: { limit: 1, periodMs: 1_000, burst: 1 },
  fairness: { key: "event.data.tenant" },
};
const POOL = poolKey("f", 0, { limit: 5, scope: "fn" }, "");
const RATE = gateKey("throttle", "f", "");
const FIRST = runId("first");
const SECOND = runId("second");

/** Two tenants wait; both limits have room by now. The first to come was held up by the pool, the other by the rate, which is looked at first. */
class Place {
  readonly state = emptyState(0, 1);
  readonly inMemory: Set<RunId>;
  readonly postponed = new Set<string>();

  constructor(...inMemory: readonly RunId[]) {
    this.inMemory = new Set(inMemory);
    evolve(this.state, manifest({ functions: [{ id: "f", flow }] }), T0);
    const { waiting } = this.state.flow;
    for (const [index, run] of [FIRST, SECOND].entries()) {
      evolve(this.state, runQueued(run, { needs: [RATE, POOL], share: run, score: T0 + index }), T0);
      waiting.park(must(waiting.takeFresh(), "a line"), index === 0 ? POOL : RATE, { pass: 0, score: T0 + index, number: index });
    }
    waiting.freed(RATE);
  }

  /** What starts now. */
  admit(): readonly RunId[] {
    const host: AdmissionHost = {
      mayStart: true,
      events: (run) => (this.inMemory.has(run) ? [triggerEvent()] : undefined),
      postponed: (need) => this.postponed.add(need),
      moved: () => {},
    };
    const next = admitNext(this.state, T0, host);
    return next?.records.flatMap((record) => (record.type === "RunsStarted" ? record.runs.map(({ id }) => id) : [])) ?? [];
  }
}

test("whose turn it is starts, whatever held it up last", () => {
  const place = new Place(FIRST, SECOND);
  expect(place.admit()).toEqual([FIRST]);
});

test("while the event of the one whose turn it is has to be read, nobody else takes its turn", () => {
  const place = new Place(SECOND);
  expect(place.admit()).toEqual([]);
  expect(place.postponed).toEqual(new Set([RATE, POOL]));
  place.inMemory.add(FIRST);
  for (const need of place.postponed) place.state.flow.waiting.freed(need);
  expect(place.admit()).toEqual([FIRST]);
});
