// A limit whose place is elsewhere: a partition that has use for it asks there for permits, gets some at a time, and uses them as slots of its
// own, without a message, until others want them (DESIGN §7). Who holds what is folded on both sides, and messages count once (R7): so a new
// owner of either side knows it, and nothing has to be reclaimed by guessing from a clock.
import { decided, decidedAndTold, ignored, type Decided, type Decision, type Message } from "../../decision.ts";
import type { GrantPermits, PermitsHeld, PermitsLeased, RecallPermits, ReturnPermits, WantPermits } from "../../records.ts";
import type { PartitionState } from "../../state.ts";
import { dropIfEmpty, permitsToChange, poolToChange } from "./hold.ts";
import { permitKey, permitOf } from "../keys.ts";
import { poolLimit } from "./limits.ts";
import { roomAt } from "./needs.ts";
import type { PermitState, PoolState } from "../state.ts";

/** So many are asked for at once. */
const MAX_WANTED = 100;

const NO_PERMITS: PermitState = { granted: 0, used: 0, wanted: 0, recalled: false };
const NO_POOL: Pick<PoolState, "leases" | "wants"> = { leases: new Map(), wants: new Map() };

export function evolvePermitsHeld(state: PartitionState, { need, granted, wanted, recalled }: PermitsHeld): void {
  const permits = permitsToChange(state, need);
  const more = granted - permits.granted;
  permits.granted = granted;
  permits.wanted = wanted;
  permits.recalled = recalled;
  if (more > 0) state.flow.waiting.freed(need);
  // Who wanted them may be gone; or who waits has to ask for others.
  if (more !== 0) state.flow.waiting.review(need);
  dropIfEmpty(state, need);
}

export function evolvePermitsLeased(state: PartitionState, { pool: key, to, count, wanted }: PermitsLeased): void {
  const pool = poolToChange(state, key);
  const before = pool.leases.get(to) ?? 0;
  if (count > 0) pool.leases.set(to, count);
  else pool.leases.delete(to);
  const known = pool.wants.get(to);
  pool.wants.delete(to);
  state.flow.waiting.leave({ kind: "lease", pool: key, to, number: 0 });
  if (wanted > 0) {
    // Who has been granted some goes behind the others.
    const number = count > before ? state.flow.next++ : (known?.number ?? state.flow.next++);
    pool.wants.set(to, { count: wanted, number });
    state.flow.waiting.wanted({ kind: "lease", pool: key, to, number });
  }
  dropIfEmpty(state, key);
  if (count < before) state.flow.waiting.freed(key);
}

// Where permits are used.

/** Runs wait for permits: they are asked for. Null: enough are on their way. */
export function askForPermits(state: PartitionState, need: string): Decided | null {
  const { granted, used, wanted, recalled } = state.flow.permits.get(need) ?? NO_PERMITS;
  const demand = state.flow.waiting.demand(need, MAX_WANTED) - (granted - used);
  if (demand <= wanted) return null;
  const { place, pool } = permitOf(need);
  return decidedAndTold(
    [{ type: "PermitsHeld", need, granted, wanted: demand, recalled }],
    [{ to: place, body: { type: "WantPermits", pool, count: demand } }],
  );
}

/** Nobody waits for permits any more: those that are on their way are not sent for again. Null: none are. */
export function wantNoPermits(state: PartitionState, need: string): Decided | null {
  const { granted, wanted, recalled } = state.flow.permits.get(need) ?? NO_PERMITS;
  if (wanted === 0) return null;
  const { place, pool } = permitOf(need);
  return decidedAndTold(
    [{ type: "PermitsHeld", need, granted, wanted: 0, recalled }],
    [{ to: place, body: { type: "WantPermits", pool, count: 0 } }],
  );
}

/** Others want them: what is not in use goes back. Null: nothing does. */
export function giveUpPermits(state: PartitionState, need: string): Decided | null {
  const { granted, used, wanted, recalled } = state.flow.permits.get(need) ?? NO_PERMITS;
  const idle = granted - used;
  if (!recalled || idle <= 0) return null;
  return decidedAndTold([{ type: "PermitsHeld", need, granted: used, wanted, recalled: used > 0 }], [returned(need, idle)]);
}

/** Nobody here had use for them for a while. */
export interface ReturnIdlePermits {
  readonly type: "ReturnIdlePermits";
  readonly need: string;
  readonly count: number;
}

export function decideReturnIdlePermits(state: PartitionState, { need, count }: ReturnIdlePermits): Decision {
  const { granted, used, wanted, recalled } = state.flow.permits.get(need) ?? NO_PERMITS;
  const idle = Math.min(count, granted - used);
  if (idle <= 0) return ignored("all are in use");
  return decidedAndTold([{ type: "PermitsHeld", need, granted: granted - idle, wanted, recalled }], [returned(need, idle)]);
}

export function decideGrantPermits(state: PartitionState, from: number, { pool, count, recalled }: GrantPermits): Decision {
  const need = permitKey(from, pool);
  const { granted, wanted } = state.flow.permits.get(need) ?? NO_PERMITS;
  return decided({ type: "PermitsHeld", need, granted: granted + count, wanted: Math.max(wanted - count, 0), recalled });
}

export function decideRecallPermits(state: PartitionState, from: number, { pool }: RecallPermits): Decision {
  const need = permitKey(from, pool);
  const permits = state.flow.permits.get(need);
  if (permits === undefined || permits.granted === 0) return ignored("it has none");
  const { granted, used, wanted, recalled } = permits;
  const idle = granted - used;
  if (recalled && idle === 0) return ignored("it is known");
  return decidedAndTold(
    [{ type: "PermitsHeld", need, granted: used, wanted, recalled: used > 0 }],
    idle === 0 ? [] : [returned(need, idle)],
  );
}

function returned(need: string, count: number): Message {
  const { place, pool } = permitOf(need);
  return { to: place, body: { type: "ReturnPermits", pool, count } };
}

// Where the limit is.

/** `count`: all that the sender has not got. */
export function decideWantPermits(state: PartitionState, from: number, { pool, count }: WantPermits, now: number): Decision {
  const lease = state.flow.pools.get(pool)?.leases.get(from) ?? 0;
  const isServed = count === 0 || roomAt(state, pool, now) > 0;
  return decidedAndTold(
    [{ type: "PermitsLeased", pool, to: from, count: lease, wanted: count }],
    isServed ? [] : recalls(state, pool, from),
  );
}

export function decideReturnPermits(state: PartitionState, from: number, { pool, count }: ReturnPermits): Decision {
  const { leases, wants } = state.flow.pools.get(pool) ?? NO_POOL;
  const left = Math.max((leases.get(from) ?? 0) - count, 0);
  return decided({ type: "PermitsLeased", pool, to: from, count: left, wanted: wants.get(from)?.count ?? 0 });
}

/** It is the turn of a partition that wants some. */
export function grantPermits(state: PartitionState, pool: string, to: number, now: number): Decided {
  const { leases, wants } = state.flow.pools.get(pool) ?? NO_POOL;
  const want = wants.get(to)?.count ?? 0;
  // Where others want some too, none of them gets all.
  const { waiting } = state.flow;
  const others = wants.size - 1 + (waiting.isWantedHere(pool) || waiting.asking(pool) > 0 ? 1 : 0);
  const share = others > 0 ? Math.max(1, Math.floor(poolLimit(state, pool, now) / (2 * (others + 1)))) : want;
  const count = Math.min(want, roomAt(state, pool, now), share);
  const messages: Message[] = [{ to, body: { type: "GrantPermits", pool, count, recalled: others > 0 } }];
  return decidedAndTold([{ type: "PermitsLeased", pool, to, count: (leases.get(to) ?? 0) + count, wanted: want - count }], messages);
}

/** The limit may be lower than what is leased. */
export function recallExcess(state: PartitionState, now: number): readonly Message[] {
  const messages: Message[] = [];
  for (const [key, { leases }] of state.flow.pools) {
    if (leases.size > 0 && roomAt(state, key, now) < 0) messages.push(...recalls(state, key));
  }
  return messages;
}

/** All who have some are to give back what they do not use, now and later. */
export function recalls(state: PartitionState, pool: string, asker?: number): readonly Message[] {
  const messages: Message[] = [];
  for (const to of state.flow.pools.get(pool)?.leases.keys() ?? []) if (to !== asker) messages.push(recall(pool, to));
  return messages;
}

function recall(pool: string, to: number): Message {
  return { to, body: { type: "RecallPermits", pool } };
}
