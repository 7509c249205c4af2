// Who waits is let in when there is room: after each decision, in the same frame. What is chosen is a decision like any other (R2).
import { assert } from "../../../core/errors.ts";
import type { RunId } from "../../../core/ids.ts";
import { declaredId } from "../../run/handlers.ts";
import { decided, decidedAndTold, type Decided } from "../../decision.ts";
import type { TriggerEvent } from "../../records.ts";
import type { PartitionState } from "../../state.ts";
import { openUntil } from "../counts/breaker.ts";
import { cancelLate, watchNoMore } from "./cancel-queued.ts";
import { cellSet } from "../cells.ts";
import { enter } from "../gates/enter.ts";
import { newWay, type Entering } from "../gates/way.ts";
import { start } from "../gates/gate-home.ts";
import { functionOfStarts, manifestKey, pauseKey } from "../keys.ts";
import { breakerOf, throttleOf } from "../limits/limits.ts";
import { startsNeed } from "../limits/may-start.ts";
import { kindOf } from "../limits/need-kind.ts";
import { roomAt } from "../limits/needs.ts";
import { askForPermits, giveUpPermits, grantPermits, recallExcess, recalls, wantNoPermits } from "../limits/permits.ts";
import type { Line, QueuedRow } from "./rows.ts";
import { scarceOf } from "../limits/scarce.ts";
import type { Gate } from "../spec.ts";
import { countLine, passOf } from "../limits/shares.ts";
import { afterStart, countsAt, throttled } from "../counts/throttle.ts";
import { isBefore, type Rank, type Waiter } from "./waiting.ts";

export interface AdmissionHost {
  /** Events of a row, where they are in memory. */
  events(run: RunId): readonly TriggerEvent[] | undefined;
  /** Whether further runs may start: else those that have begun go on alone. */
  readonly mayStart: boolean;
  /** A need has room for this line, or would ask for some, but it may not start, or its events are not in memory: `freed` when that has changed. */
  postponed(need: string, line: Line): void;
  /** The first of this line leaves it. */
  moved(line: Line): void;
}

const ASK: Rank = { pass: 0, score: 0, number: 0 };

/** The next one that is let in; null when nobody is. */
export function admitNext(state: PartitionState, now: number, host: AdmissionHost): Decided | null {
  const { waiting } = state.flow;
  while (!waiting.isIdle) {
    parkFresh(state, now);
    const need = waiting.openNeed();
    const next = reviewPermits(state, now, host) ?? (need === undefined ? null : admitAt(state, need, now, host));
    if (next !== null) return next;
  }
  return null;
}

function parkFresh(state: PartitionState, now: number): void {
  const { waiting } = state.flow;
  for (let fresh = waiting.takeFresh(); fresh !== undefined; fresh = waiting.takeFresh()) {
    const need = blockOf(state, fresh, now) ?? scarceOfWaiter(fresh);
    if (need === undefined) continue;
    park(state, fresh, need, rankOf(state, fresh, now));
    waiting.freed(need);
  }
}

/** Permits are asked for where it waits for some, and called back where others have those of a limit that is here. */
function park({ flow: { waiting, pools } }: PartitionState, waiter: Waiter, need: string, rank: Rank): void {
  const isNews =
    kindOf(need) === "permit" || (waiter.kind !== "lease" && (pools.get(need)?.leases.size ?? 0) > 0 && !waiting.isWantedHere(need));
  waiting.park(waiter, need, rank);
  if (isNews) waiting.review(need);
}

/** Permits that are asked for, given up, or called back. */
function reviewPermits(state: PartitionState, now: number, host: AdmissionHost): Decided | null {
  const { waiting } = state.flow;
  for (let review = waiting.takeReview(); review !== undefined; review = waiting.takeReview()) {
    const moved = reviewed(state, review, now, host);
    if (moved !== null) return moved;
  }
  const recalls = waiting.takeAllNew() ? recallExcess(state, now) : [];
  return recalls.length === 0 ? null : decidedAndTold([], recalls);
}

function reviewed(
  state: PartitionState,
  { need, areWanted }: { need: string; areWanted: boolean },
  now: number,
  host: AdmissionHost,
): Decided | null {
  const { waiting } = state.flow;
  const first = waiting.first(need);
  const isWanted = first !== undefined;
  if (kindOf(need) === "pool") {
    const recalled = isWanted && roomAt(state, need, now) <= 0 ? recalls(state, need) : [];
    return recalled.length === 0 ? null : decidedAndTold([], recalled);
  }
  const givenUp = areWanted || !isWanted ? giveUpPermits(state, need) : null;
  if (first?.kind === "line" && !host.mayStart) {
    // Whoever waits asks once it may start: else permits would go to and fro meanwhile.
    host.postponed(need, first.line);
    return givenUp;
  }
  // Who waits for what was given up asks for it again, behind those that wanted it.
  if (givenUp !== null) waiting.review(need);
  return givenUp ?? (isWanted ? askForPermits(state, need) : wantNoPermits(state, need));
}

/** The first that waits for this need. Null: nobody, for now; the need is closed then, or somebody was moved. */
function admitAt(state: PartitionState, need: string, now: number, host: AdmissionHost): Decided | null {
  const { waiting } = state.flow;
  const waiter = waiting.first(need);
  if (waiter === undefined || roomAt(state, need, now) <= 0) {
    waiting.close(need);
    if (waiter !== undefined) lookAgain(state, need, now);
    // Some are asked for; or what nobody has use for goes back.
    if (kindOf(need) === "permit") waiting.review(need);
    return null;
  }
  const rank = rankOf(state, waiter, now);
  const block = blockOf(state, waiter, now);
  if (block !== undefined || isBehind(rank, waiting.rankOfFirst(need))) {
    park(state, waiter, block ?? need, rank);
    assert(block !== need, `whoever waits for ${need} is kept from it by it, and it has room`);
    if (block !== undefined && block !== need) lookAgain(state, block, now);
    return null;
  }
  if (waiter.kind === "line") {
    const ahead = needAhead(state, waiter.line, need, rank, now);
    if (ahead !== undefined) return admitAhead(state, ahead, { need, line: waiter.line }, now, host);
  }
  waiting.hadTurn(need, waiter);
  if (waiter.kind === "ask") {
    const run = waiter.line.head?.run;
    if (run === undefined) waiting.leave(waiter);
    return run === undefined ? null : decided({ type: "SlotsGiven", run, count: 1 });
  }
  if (waiter.kind === "lease") return grantPermits(state, waiter.pool, waiter.to, now);
  const row = waiter.line.head;
  if (row === undefined) {
    waiting.leave(waiter);
    return null;
  }
  return letIn(state, need, waiter.line, row, now, host);
}

/** Lines are parked at what held them up last. Where that has room by now, too, who is the first there may be before this one. */
function needAhead(state: PartitionState, line: Line, need: string, rank: Rank, now: number): string | undefined {
  const { waiting } = state.flow;
  return line.needs.find((other) => {
    if (other === need || waiting.first(other)?.kind !== "line") return false;
    const first = waiting.rankOfFirst(other);
    return first !== undefined && isBefore(first, rank) && roomAt(state, other, now) > 0;
  });
}

/** Whom an event holds up that is not in memory, they hold up those behind them. */
function admitAhead(
  state: PartitionState,
  ahead: string,
  behind: { readonly need: string; readonly line: Line },
  now: number,
  host: AdmissionHost,
): Decided | null {
  const { waiting } = state.flow;
  const first = waiting.rankOfFirst(ahead);
  const next = admitAt(state, ahead, now, host);
  if (next !== null || waiting.rankOfFirst(ahead) !== first) return next;
  waiting.close(behind.need);
  host.postponed(behind.need, behind.line);
  return null;
}

/** It waits where whoever needs the same comes by: nobody is to start before it meanwhile. */
function postpone(state: PartitionState, need: string, line: Line, now: number, host: AdmissionHost): void {
  const { waiting } = state.flow;
  const kind = kindOf(need);
  const waiter: Waiter = { kind: "line", line };
  const at = kind === "pause" || kind === "manifest" ? (scarceOfWaiter(waiter) ?? need) : need;
  if (at !== need) park(state, waiter, at, rankOf(state, waiter, now));
  // Other partitions may have their turn.
  if (waiting.first(at)?.kind !== "lease") waiting.close(at);
  host.postponed(at, line);
  if (host.mayStart) return;
  for (const one of line.needs) if (kindOf(one) === "permit") waiting.review(one, true);
}

function letIn(state: PartitionState, need: string, line: Line, row: QueuedRow, now: number, host: AdmissionHost): Decided | null {
  if (row.startBy !== null && row.startBy <= now) return cancelLate(state, row);
  const [first, ...others] = host.events(row.run) ?? [];
  if (first === undefined || !host.mayStart) {
    postpone(state, need, line, now, host);
    return null;
  }
  host.moved(line);
  const { functionId, run, parent, singleton } = row;
  const entering: Entering = { functionId, run, events: [first, ...others], parent, singleton };
  const way = newWay();
  const goOnAt = (gate: Gate): void => {
    way.records.push({ type: "RunUnqueued", run, reason: null });
    way.messages.push(...watchNoMore(row));
    enter(state, entering, gate, now, way);
  };
  // It was at that gate, and its function was not known.
  switch (line.needs[0] === manifestKey(functionId) ? "unknown" : line.gate) {
    case "home":
      // A new manifest may have it watched for elsewhere.
      way.messages.push(...watchNoMore(row, start(state, entering, line.needs, now, way, row.score).cancels));
      way.records.push(...countLine(state, line, now));
      break;
    case "throttle":
      way.records.push(...countLine(state, line, now), ...throttledStarts(state, line, row, now));
      goOnAt("home");
      break;
    case "pause":
      goOnAt("rateLimit");
      break;
    default:
      goOnAt(line.gate);
  }
  return decidedAndTold(way.records, way.messages);
}

function throttledStarts(state: PartitionState, line: Line, row: QueuedRow, now: number) {
  return line.needs.flatMap((key) => {
    const spec = throttleOf(state, key, now);
    const cell = state.flow.cells.get(key);
    return spec === null ? [] : [cellSet(key, afterStart(cell, spec, countsAt(cell, spec, row.score, now)))];
  });
}

/** What does not let it in. */
export function blockOf(state: PartitionState, waiter: Waiter, now: number): string | undefined {
  if (waiter.kind === "ask") return waiter.line.needs.find((need) => roomAt(state, need, now) <= 0);
  if (waiter.kind === "lease") return undefined;
  const { functionId, gate, needs } = waiter.line;
  if (state.manifest?.functions.has(declaredId(functionId)) !== true) return manifestKey(functionId);
  if (gate !== "pause" && roomAt(state, pauseKey(functionId), now) <= 0) return pauseKey(functionId);
  const need = needs.find((one) => roomAt(state, one, now) <= 0);
  // Who waits for a throttle starts elsewhere.
  if (need !== undefined || gate === "throttle") return need;
  return state.flow.room.roomFor(functionId) > 0 ? undefined : startsNeed(functionId, needs);
}

function scarceOfWaiter(waiter: Waiter): string | undefined {
  if (waiter.kind === "lease") return waiter.pool;
  if (waiter.kind === "ask") return waiter.line.needs[0];
  return scarceOf(waiter.line.needs) ?? startsNeed(waiter.line.functionId, waiter.line.needs);
}

function rankOf(state: PartitionState, waiter: Waiter, now: number): Rank {
  if (waiter.kind !== "line") return { ...ASK, number: waiter.kind === "lease" ? waiter.number : (waiter.line.head?.number ?? 0) };
  const { head, gate } = waiter.line;
  // Who was past that gate when it closed goes before those that it held.
  const pass = gate === "pause" ? Number.MAX_SAFE_INTEGER : passOf(state, waiter.line, now);
  return { pass, score: head?.score ?? 0, number: head?.number ?? 0 };
}

/** Its share had more than when it was parked. */
function isBehind({ pass }: Rank, parked: Rank | undefined): boolean {
  return parked !== undefined && pass > parked.pass;
}

/** What opens by time alone is looked at then, and the share of a function when its process has room. */
function lookAgain(state: PartitionState, need: string, now: number): void {
  if (kindOf(need) === "starts") state.flow.room.awaited(functionOfStarts(need), need);
  const at = opensAt(state, need, now);
  if (at !== null && state.flow.waiting.arm(need, at, now)) state.timers.push({ kind: "flow", at, key: need });
}

/** Null where something else than time decides. */
export function opensAt(state: PartitionState, need: string, now: number): number | null {
  const cell = state.flow.cells.get(need);
  if (kindOf(need) === "throttle") {
    const spec = throttleOf(state, need, now);
    return spec === null ? null : throttled(cell, spec, now).at;
  }
  const spec = kindOf(need) === "breaker" ? breakerOf(state, need) : null;
  return spec === null ? null : openUntil(cell, spec, now);
}
