// What must hold after every fault, whatever it was. Each takes the journals as the tests read them, and the effects as they were counted outside.
import { expect } from "vitest";

import type { RebuiltState, VerifiedState } from "../../../engine/replay/verify.ts";
import type { Effect } from "./effect-counter.ts";
import { isOwnedBy, type PartitionHistory, type RecordedRun } from "./history.ts";

/** Effects need a proof of ownership no older than a second (R4, R9); and a body's beginning is stamped a moment after the proof was looked at. */
const PROOF_MS = 1_000;
const STAMP_MS = 50;
/** From the thaw to the stamp of a body that was being called. */
const FROZEN_CALL_MS = 20;

/** Every accepted event started each of the functions once, and no event that was not accepted (or may have been) did. */
export function expectOneRunEach(
  histories: readonly PartitionHistory[],
  events: { readonly accepted: ReadonlySet<string>; readonly uncertain?: ReadonlySet<string> },
  functions: readonly string[],
): void {
  const started = new Map<string, string[]>();
  for (const { eventId, functionId } of runsOf(histories)) started.set(eventId, [...(started.get(eventId) ?? []), functionId]);
  const wanted = functions.toSorted().join();
  const wrong = [...events.accepted].filter((id) => (started.get(id) ?? []).toSorted().join() !== wanted);
  expect(wrong.map((id) => `${id}: ${(started.get(id) ?? []).join()}`)).toEqual([]);
  const unknown = [...started.keys()].filter((id) => !events.accepted.has(id) && events.uncertain?.has(id) !== true);
  expect(unknown).toEqual([]);
}

/** Each run ended once, and each step has one outcome. */
export function expectOneOutcomeEach(histories: readonly PartitionHistory[]): void {
  const wrong = runsOf(histories).flatMap((run) => [
    ...(run.ends.length === 1 ? [] : [`${run.functionId} ${run.id} (${run.eventId}) has ${run.ends.length} ends`]),
    ...[...run.outcomes].filter(([, outcomes]) => outcomes.length !== 1).map(([step, all]) => `${run.id} ${step}: ${all.length} outcomes`),
  ]);
  expect(wrong).toEqual([]);
}

/** No body began when its step's result stood in the journal already; where two owners were forced to overlap, none later than that overlap. */
export function expectNothingRecordedRanAgain(
  histories: readonly PartitionHistory[],
  effects: readonly Effect[],
  ownersOverlapMs: number,
): void {
  const runs = new Map(runsOf(histories).map((run) => [run.id, run]));
  const again = effects.flatMap((effect) => {
    const { run, step, at } = effect;
    const outcome = runs.get(run)?.outcomes.get(step)?.[0];
    if (outcome === undefined || at <= outcome.at + ownersOverlapMs) return [];
    const history = histories.find((candidate) => candidate.runs.has(run));
    const wasOwner = history?.owners.some((owner) => isOwnedBy(owner, effect.pid) && owner.from <= at && at < owner.until);
    return [{ ...effect, recordedAt: outcome.at, lateMs: at - outcome.at, wasOwner }];
  });
  expect(again).toEqual([]);
}

/** A process went on, after a freeze past its session. */
export interface Thaw {
  readonly pid: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/**
 * Without the body that was being called when its process froze. There is one thread, so it is one a freeze at the most: between the look at
 * the proof and the first line of the body, which stamps its beginning, nothing can tell that time passed.
 */
export function withoutBodiesThatFroze(effects: readonly Effect[], thaws: readonly Thaw[]): readonly Effect[] {
  const frozen = new Set(
    thaws.map((thaw) => effects.find(({ pid, at }) => pid === thaw.pid && at >= thaw.at && at <= thaw.at + FROZEN_CALL_MS)),
  );
  return effects.filter((effect) => !frozen.has(effect));
}

/** Every recorded step left its trace, at least once. */
export function expectEveryStepRan(histories: readonly PartitionHistory[], effects: readonly Effect[]): void {
  const ran = new Set(effects.map(({ run, step }) => `${run} ${step}`));
  const never = runsOf(histories).flatMap((run) =>
    [...run.outcomes]
      .filter(([, [outcome]]) => outcome?.record.type === "StepCompleted")
      .map(([step]) => `${run.id} ${step}`)
      .filter((name) => !ran.has(name)),
  );
  expect(never).toEqual([]);
}

/** Every body began while its process owned the partition, or had owned it less than a proof's age ago (R4). */
export function expectEffectsByOwners(histories: readonly PartitionHistory[], effects: readonly Effect[]): void {
  const byRun = new Map(histories.flatMap((history) => [...history.runs.keys()].map((run) => [run, history] as const)));
  const foreign = effects
    .filter(({ run, pid, at }) => {
      const owners = byRun.get(run)?.owners ?? [];
      return !owners.some((owner) => isOwnedBy(owner, pid) && owner.from <= at && at <= owner.until + PROOF_MS + STAMP_MS);
    })
    .map((effect) => ({ ...effect, owners: byRun.get(effect.run)?.owners.map(({ claim, from, until }) => [claim.worker, from, until]) }));
  expect(foreign).toEqual([]);
}

export function expectSameDigests(rebuilt: ReadonlyMap<number, VerifiedState>, live: ReadonlyMap<number, RebuiltState>): void {
  const digests = [...rebuilt].map(([partition, { lsn, digest }]) => [partition, { lsn, digest }] as const);
  expect(Object.fromEntries(digests)).toEqual(Object.fromEntries(live));
  // Where a partition has an image, it leads to the same; whether one is refused depends on who died when.
  const wrong = [...rebuilt].filter(([, { image }]) => image !== undefined && "isEqual" in image && !image.isEqual);
  expect(wrong).toEqual([]);
}

function runsOf(histories: readonly PartitionHistory[]): readonly RecordedRun[] {
  return histories.flatMap(({ runs }) => [...runs.values()]);
}
