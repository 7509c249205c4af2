// One version of a consumer takes the place of another: the new one builds its state without handling anything, and is held; the old one retires at
// positions that the new one has not passed, and handles what it owes; the new one goes on to there, and handles what comes after (R5).
//
//   new   building ─hold▶ held ─follow▶ held ─activate▶ active        old   active ─retire▶ retired
//            ▲──release────┘──────────────┘                                   ▲────release────┘
//
// Each command is an attempt: by `hold` and `retire` it makes both versions its own, and nobody else's later steps count any more. So commands that
// overlap, were interrupted, or come twice cannot have an event handled by both versions, or by none.
import { decided, type Decision } from "../decision.ts";
import { pauseOf } from "../flow/limits/pause.ts";
import type { ConsumerMode, ConsumerSteered, JournalRecord, SourcePosition, SteerConsumer } from "../records.ts";
import { eventSources, sourceKey } from "../source/source.ts";
import type { PartitionState, SourceState } from "../state.ts";
import type { SteeringState } from "./state.ts";

export type SteerAction = "ask" | "hold" | "follow" | "retire" | "activate" | "release";

/** Of a command by which version `to` takes the place of another: it says to whom a version gives way, and is like no other. */
export function attemptOf(to: number, id: string): string {
  return `${to}/${id}`;
}

/** The version that takes the place; null where nobody does. */
export function successorIn(attempt: string): string | null {
  const end = attempt.indexOf("/");
  return end === -1 ? null : attempt.slice(0, end);
}

export function evolveConsumerSteered({ consumer }: PartitionState, { attempt, mode, positions }: ConsumerSteered): void {
  consumer.steering = {
    attempt,
    mode,
    positions: new Map(positions.map(({ topic, partition, offset }) => [sourceKey(topic, partition), offset])),
  };
}

/** Where there is no earlier version it handles what it reads; else it waits to be told. */
export function steeringOf({ consumer: { steering }, manifest }: PartitionState): SteeringState {
  const builds = manifest?.consumer?.builds === true;
  if (steering === null) return builds ? BUILDING : ACTIVE;
  // The earlier version is gone, topics and all, before this one was told to take its place.
  return !builds && isNew(steering.mode) ? { ...ACTIVE, attempt: steering.attempt } : steering;
}

/** Whether this version is the one that handles the event. */
export function isHandledHere(state: PartitionState, { topic, partition }: SourceState, offset: number): boolean {
  const { mode, positions } = steeringOf(state);
  switch (mode) {
    case "active":
      return offset >= (positions.get(sourceKey(topic, partition)) ?? 0);
    case "retired":
      return true;
    case "building":
    case "held":
      return false;
  }
}

/** Whether this version handles events at all by now. */
export function isHandling(state: PartitionState): boolean {
  const { mode } = steeringOf(state);
  return mode === "active" || mode === "retired";
}

/** The offset that is read no more; null for none. */
export function limitOf(state: PartitionState, { topic, partition }: SourceState): number | null {
  const { mode, positions } = steeringOf(state);
  return hasLimits(mode) ? (positions.get(sourceKey(topic, partition)) ?? 0) : null;
}

/** What makes no sense now changes nothing: whoever gave the command sees it in the answer. */
export function decideSteerConsumer(state: PartitionState, input: SteerConsumer): Decision {
  const steered = steer(state, input);
  return decided(...(steered === null ? [] : [steered]), told(state, input.nonce, steered));
}

function steer(state: PartitionState, { attempt, action, positions: given }: SteerConsumer): ConsumerSteered | null {
  const { mode, attempt: last, positions } = steeringOf(state);
  const isOwn = attempt === last;
  const successor = successorIn(attempt);
  switch (action) {
    case "hold":
      if (successor !== String(state.manifest?.consumer?.version)) return null;
      // What it released does not come again, however often the log has the message.
      return mode === "held" || (mode === "building" && !isOwn) ? steered(attempt, "held", noLessThan(state, given)) : null;
    case "follow":
      return mode === "held" && isOwn ? steered(attempt, "held", noLessThan(state, given)) : null;
    case "retire":
      // Who took its place handles what comes after, so nobody else may have it go on.
      if (mode === "retired" && successor !== successorIn(last)) return null;
      return mode === "retired" || (mode === "active" && !isOwn) ? steered(attempt, "retired", noLessThan(state, given)) : null;
    case "activate":
      return mode === "held" && isOwn ? steered(attempt, "active", ownPositions(state, positions)) : null;
    case "release":
      if (!isOwn || !hasLimits(mode)) return null;
      return steered(attempt, mode === "held" ? "building" : "active", []);
    default:
      return null;
  }
}

function steered(attempt: string, mode: ConsumerMode, positions: readonly SourcePosition[]): ConsumerSteered {
  return { type: "ConsumerSteered", attempt, mode, positions };
}

/** `steered`: what is about to count. */
function told(state: PartitionState, nonce: string, change: ConsumerSteered | null): JournalRecord {
  const { outboxes, consumer, manifest } = state;
  let unsent = 0;
  for (const { pending } of outboxes.values()) unsent += pending.size;
  const { mode, attempt, positions } = steeringOf(state);
  const limits = change?.positions ?? ownPositions(state, positions);
  const id = manifest?.consumer?.id;
  return {
    type: "ConsumerTold",
    nonce,
    attempt: change?.attempt ?? attempt,
    mode: change?.mode ?? mode,
    positions: eventSources(state).map(({ topic, partition, next }) => ({ topic, partition, offset: next })),
    limits: hasLimits(change?.mode ?? mode) ? limits : [],
    owed: consumer.owed.size,
    unsent,
    paused: id !== undefined && pauseOf(state, id) !== null,
  };
}

/** Of each of its sources, what is given, and no less than it has read. */
function noLessThan(state: PartitionState, given: readonly SourcePosition[]): readonly SourcePosition[] {
  const wanted = new Map(given.map(({ topic, partition, offset }) => [sourceKey(topic, partition), offset]));
  return eventSources(state).map(({ topic, partition, next }) => ({
    topic,
    partition,
    offset: Math.max(next, wanted.get(sourceKey(topic, partition)) ?? 0),
  }));
}

function ownPositions(state: PartitionState, positions: ReadonlyMap<string, number>): readonly SourcePosition[] {
  return eventSources(state).map(({ topic, partition }) => ({
    topic,
    partition,
    offset: positions.get(sourceKey(topic, partition)) ?? 0,
  }));
}

function isNew(mode: ConsumerMode): boolean {
  return mode === "building" || mode === "held";
}

/** Whether it reads no further than its positions. */
function hasLimits(mode: ConsumerMode): boolean {
  return mode === "held" || mode === "retired";
}

const NOWHERE: ReadonlyMap<string, number> = new Map();
const BUILDING: SteeringState = { attempt: "", mode: "building", positions: NOWHERE };
const ACTIVE: SteeringState = { attempt: "", mode: "active", positions: NOWHERE };
