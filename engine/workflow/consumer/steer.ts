// One version of a consumer takes the place of another: the new one builds its state without handling anything, and is held; the old one retires at
// positions that the new one has not passed, and handles what it owes; the new one goes on to there, and handles what comes after (R5).
import { decided, type Decision } from "../decision.ts";
import type { ConsumerMode, ConsumerSteered, JournalRecord, SourcePosition, SteerConsumer } from "../records.ts";
import { sourceKey } from "../source/source.ts";
import type { PartitionState, SourceState } from "../state.ts";
import type { SteeringState } from "./state.ts";

export function evolveConsumerSteered({ consumer }: PartitionState, { mode, positions }: ConsumerSteered): void {
  consumer.steering = { mode, positions: new Map(positions.map(({ topic, partition, offset }) => [sourceKey(topic, partition), offset])) };
}

/** Where there is no earlier version it handles what it reads; else it waits to be told. */
export function steeringOf({ consumer, manifest }: PartitionState): SteeringState {
  return consumer.steering ?? { mode: manifest?.consumer?.builds === true ? "building" : "active", positions: NOWHERE };
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

/** The offset that is read no more; null for none. */
export function limitOf(state: PartitionState, { topic, partition }: SourceState): number | null {
  const { mode, positions } = steeringOf(state);
  return mode === "held" || mode === "retired" ? (positions.get(sourceKey(topic, partition)) ?? 0) : null;
}

export function decideSteerConsumer(state: PartitionState, { nonce, action, positions }: SteerConsumer): Decision {
  const steered = steer(state, action, positions);
  return decided(...(steered === null ? [] : [steered]), told(state, nonce, steered));
}

/** Null where nothing changes: it is that far already, or it makes no sense now. */
function steer(state: PartitionState, action: string, given: readonly SourcePosition[]): ConsumerSteered | null {
  const { mode } = steeringOf(state);
  const isNew = mode === "building" || mode === "held";
  switch (action) {
    case "hold":
      return isNew ? { type: "ConsumerSteered", mode: "held", positions: noLessThan(state, given) } : null;
    case "retire":
      return mode === "active" ? { type: "ConsumerSteered", mode: "retired", positions: noLessThan(state, given) } : null;
    case "activate":
      return isNew ? { type: "ConsumerSteered", mode: "active", positions: [...given] } : null;
    case "build":
      if (mode === "held") return { type: "ConsumerSteered", mode: "building", positions: [] };
      return mode === "retired" ? { type: "ConsumerSteered", mode: "active", positions: [] } : null;
    default:
      return null;
  }
}

/** `steered`: what is about to count. */
function told(state: PartitionState, nonce: string, steered: ConsumerSteered | null): JournalRecord {
  const { outboxes, consumer } = state;
  let unsent = 0;
  for (const { pending } of outboxes.values()) unsent += pending.size;
  const mode: ConsumerMode = steered?.mode ?? steeringOf(state).mode;
  return {
    type: "ConsumerTold",
    nonce,
    mode,
    positions: [...ownSources(state)].map(({ topic, partition, next }) => ({ topic, partition, offset: next })),
    limits: steered === null ? limitsOf(state) : mode === "held" || mode === "retired" ? steered.positions : [],
    owed: consumer.owed.size,
    unsent,
  };
}

function limitsOf(state: PartitionState): readonly SourcePosition[] {
  return [...ownSources(state)].flatMap((source) => {
    const limit = limitOf(state, source);
    return limit === null ? [] : [{ topic: source.topic, partition: source.partition, offset: limit }];
  });
}

/** Of each of its sources, what is given, and no less than it has read. */
function noLessThan(state: PartitionState, given: readonly SourcePosition[]): readonly SourcePosition[] {
  const wanted = new Map(given.map(({ topic, partition, offset }) => [sourceKey(topic, partition), offset]));
  return [...ownSources(state)].map(({ topic, partition, next }) => ({
    topic,
    partition,
    offset: Math.max(next, wanted.get(sourceKey(topic, partition)) ?? 0),
  }));
}

/** Without its inbox. */
function* ownSources({ sources, manifest }: PartitionState): Iterable<SourceState> {
  for (const source of sources.values()) {
    if (manifest?.sources.some(({ topic }) => topic === source.topic) === true) yield source;
  }
}

const NOWHERE: ReadonlyMap<string, number> = new Map();
