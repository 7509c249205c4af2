// A record of a dead-letter topic: what was set aside, or what people did about that.
import type { StoredRecord, TopicPartition } from "../../engine/log/log.ts";
import type { DEAD_LETTER_KINDS } from "../contract/dead-letters.ts";

export type LetterKind = (typeof DEAD_LETTER_KINDS)[number];

/** Where a record stands, as `topic:partition:offset`. */
export type Place = string;

/** All of a letter but what it holds. */
export interface Letter {
  /** Of a run: its id. Else its place. */
  readonly id: string;
  readonly place: Place;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly kind: LetterKind;
  readonly code: string;
  readonly reason: string;
  /** When the log took it, milliseconds since 1970. */
  readonly at: number;
  /** Where it was read first. */
  readonly source: { readonly topic: string; readonly partition: number; readonly offset: number } | null;
  readonly run: string | null;
  /** The consumer that could not take it. */
  readonly consumer: string | null;
  /** Its value is in the letter; else it is where it was read first. */
  readonly isCopied: boolean;
}

export interface Resolution {
  readonly at: number;
  readonly actor: string;
  readonly outcome: "retried" | "discarded";
}

export type Read =
  | { readonly kind: "letter"; readonly letter: Letter }
  | { readonly kind: "resolution"; readonly of: Place; readonly resolution: Resolution }
  /** Somebody else's. */
  | { readonly kind: "foreign" };

export const RESOLVES = "mr-resolves";
export const OUTCOME = "mr-outcome";
export const ACTOR = "mr-actor";

/** `consumer`: whose topic it is, null for that of the app. */
export function readLetter({ topic, partition }: TopicPartition, record: StoredRecord, consumer: string | null): Read {
  const { headers, offset, timestamp } = record;
  const text = (name: string): string | null => headers[name]?.toString() ?? null;
  const of = text(RESOLVES);
  if (of !== null) {
    const outcome = text(OUTCOME) === "discarded" ? "discarded" : "retried";
    return { kind: "resolution", of, resolution: { at: timestamp, actor: text(ACTOR) ?? "", outcome } };
  }
  const code = text("mr-code");
  if (code === null) return { kind: "foreign" };
  const place = placeOf(topic, partition, offset);
  const run = code === "RUN_QUARANTINED" ? text("mr-run") : null;
  const kind = run !== null ? "run" : consumer === null ? "input" : "handling";
  const letter: Letter = {
    id: run ?? place,
    place,
    topic,
    partition,
    offset,
    kind,
    code,
    at: timestamp,
    run,
    consumer,
    reason: text("mr-reason") ?? "",
    source: sourceOf(text("mr-topic"), text("mr-partition"), text("mr-offset")),
    isCopied: text("mr-copied") !== "false",
  };
  return { kind: "letter", letter };
}

export function placeOf(topic: string, partition: number, offset: number): Place {
  return `${topic}:${partition}:${offset}`;
}

function sourceOf(topic: string | null, partition: string | null, offset: string | null): Letter["source"] {
  if (topic === null || partition === null || offset === null) return null;
  return { topic, partition: Number(partition), offset: Number(offset) };
}
