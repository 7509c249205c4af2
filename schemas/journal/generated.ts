// Made from the .avsc files beside it by `npm run generate`. Do not edit.
import type { RunId, StepKey } from "../../engine/core/ids.ts";

/** A partition decides its events by this manifest from here on. */
export interface PartitionActivated {
  readonly partition: number;
  readonly version: number;
  readonly epoch: number;
  readonly lsn: number;
}

/** A worker takes a partition. It counts only if `replaces` is the epoch in force where it stands (R3). */
export interface Claim {
  readonly nonce: number;
  /** Epoch in force as the claimant knows it; -1 for none. */
  readonly replaces: number;
  /** Who claims, for people. */
  readonly worker: string;
  readonly time: number;
}

/** Events of this producer up to `sequence` are decided. */
export interface ProducerMark {
  readonly producer: string;
  readonly sequence: number;
}

/** A source partition was decided up to `next`. */
export interface InputRead {
  readonly topic: string;
  readonly partition: number;
  /** Offset of the first record that is not decided yet. */
  readonly next: number;
  /** Offset of the last record that was decided. */
  readonly last: number;
  /** Hash of that record: tells when a topic was made anew (R11). */
  readonly hash: number;
  readonly producers: readonly ProducerMark[];
  /** Idempotency keys that were decided. */
  readonly ids: readonly string[];
}

export interface TriggerEvent {
  readonly id: string;
  readonly name: string;
  /** JSON. */
  readonly data: string;
  /** Milliseconds since 1970: what the producer said, else when the log took it. */
  readonly time: number;
  readonly key: null | string;
  /** Where it was read; empty for an event that never was in a topic. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export interface StartedRun {
  readonly id: RunId;
  readonly functionId: string;
}

/** An event starts one run for every function that it triggers. */
export interface RunsStarted {
  readonly type: "RunsStarted";
  readonly event: TriggerEvent;
  readonly runs: readonly StartedRun[];
}

export interface StepCompleted {
  readonly type: "StepCompleted";
  readonly run: RunId;
  readonly step: StepKey;
  /** JSON; null for undefined. */
  readonly output: null | string;
}

export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly stack: null | string;
}

export interface StepFailed {
  readonly type: "StepFailed";
  readonly run: RunId;
  readonly step: StepKey;
  /** 0 for the first. */
  readonly attempt: number;
  readonly error: Failure;
  /** Null: no attempt is left. */
  readonly retryAt: null | number;
}

export interface SleepStarted {
  readonly type: "SleepStarted";
  readonly run: RunId;
  readonly step: StepKey;
  readonly wakeAt: number;
  /** The run does nothing but sleep: its code need not be called before it wakes. */
  readonly resting: boolean;
}

export interface SleepEnded {
  readonly type: "SleepEnded";
  readonly run: RunId;
  readonly step: StepKey;
}

/** The function threw outside of its steps and will be called again. */
export interface RunAttemptFailed {
  readonly type: "RunAttemptFailed";
  readonly run: RunId;
  readonly attempt: number;
  readonly error: Failure;
  readonly retryAt: number;
}

export interface RunCompleted {
  readonly type: "RunCompleted";
  readonly run: RunId;
  readonly output: null | string;
}

export interface RunFailed {
  readonly type: "RunFailed";
  readonly run: RunId;
  readonly error: Failure;
}

/** The code asks for other steps than those recorded: nothing is guessed, the run waits for people. */
export interface RunParked {
  readonly type: "RunParked";
  readonly run: RunId;
  readonly difference: string;
}

/** The code agrees with the record again. */
export interface RunUnparked {
  readonly type: "RunUnparked";
  readonly run: RunId;
}

export type EmissionTarget = "events" | "deadLetter";

/** A record that this partition owes to another topic: an engine event, a dead letter. */
export interface EmissionOwed {
  readonly type: "EmissionOwed";
  readonly sequence: number;
  readonly target: EmissionTarget;
  readonly key: null | Buffer;
  readonly value: null | Buffer;
  readonly headers: Readonly<Record<string, Buffer>>;
}

export interface EmissionsConfirmed {
  readonly type: "EmissionsConfirmed";
  /** All owed emissions up to this sequence are in the log. */
  readonly through: number;
}

/** An input could not be read or decided; its dead letter is owed. */
export interface InputRejected {
  readonly type: "InputRejected";
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly code: string;
  readonly reason: string;
}

export interface SourcePosition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** From here on events are decided by this manifest. */
export interface ManifestActivated {
  readonly type: "ManifestActivated";
  /** Offset of the manifest in the functions topic. */
  readonly version: number;
  readonly hash: string;
  /** The manifest, canonical JSON. */
  readonly content: string;
  /** The first offset of each source that is decided by this manifest. */
  readonly from: readonly SourcePosition[];
}

/** People decided that a source goes on at another offset, because what came before is gone. */
export interface SourcePositionSet {
  readonly type: "SourcePositionSet";
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** The owner is about to go and asks its successor to wait. */
export interface OwnerReleasing {
  readonly type: "OwnerReleasing";
  readonly until: number;
}

/** The owner has decided its last. */
export interface OwnerReleased {
  readonly type: "OwnerReleased";
}

/** What one append to the journal holds: the decisions of an owner, and the inputs that they used up. */
export interface Frame {
  /** Offset of the owner's claim. */
  readonly epoch: number;
  /** The claim's nonce: tells claims apart that share an offset after a topic was made anew. */
  readonly nonce: number;
  /** Number of the frame in its partition, contiguous across owners. */
  readonly lsn: number;
  /** Milliseconds since 1970 by the log's clock when deciding; never below the last. */
  readonly time: number;
  readonly inputs: readonly InputRead[];
  readonly records: readonly (
    | RunsStarted
    | StepCompleted
    | StepFailed
    | SleepStarted
    | SleepEnded
    | RunAttemptFailed
    | RunCompleted
    | RunFailed
    | RunParked
    | RunUnparked
    | EmissionOwed
    | EmissionsConfirmed
    | InputRejected
    | ManifestActivated
    | SourcePositionSet
    | OwnerReleasing
    | OwnerReleased
  )[];
}

/** A successor has read all that there is and waits: the owner that takes leave may go. The fold passes over it. */
export interface Knock {
  /** Of the owner that it is for. */
  readonly epoch: number;
  readonly nonce: number;
  /** Who knocks, for people. */
  readonly worker: string;
  readonly time: number;
}

/** One deployment's functions, triggers and sources. Its version is its offset in the functions topic. */
export interface ManifestPublished {
  /** SHA-256 of the content, hex. */
  readonly hash: string;
  /** Canonical JSON. */
  readonly content: string;
  readonly worker: string;
}

/** Every kind of decision that a frame may hold. */
export type JournalRecord =
  | RunsStarted
  | StepCompleted
  | StepFailed
  | SleepStarted
  | SleepEnded
  | RunAttemptFailed
  | RunCompleted
  | RunFailed
  | RunParked
  | RunUnparked
  | EmissionOwed
  | EmissionsConfirmed
  | InputRejected
  | ManifestActivated
  | SourcePositionSet
  | OwnerReleasing
  | OwnerReleased;

/** activation.v1.avsc */
export const activationV1Schema = {
  type: "record",
  name: "PartitionActivated",
  namespace: "millrace.functions",
  doc: "A partition decides its events by this manifest from here on.",
  fields: [
    { name: "partition", type: "int" },
    { name: "version", type: "long" },
    { name: "epoch", type: "long" },
    { name: "lsn", type: "long" },
  ],
} as const;

/** claim.v1.avsc */
export const claimV1Schema = {
  type: "record",
  name: "Claim",
  namespace: "millrace.journal",
  doc: "A worker takes a partition. It counts only if `replaces` is the epoch in force where it stands (R3).",
  fields: [
    { name: "nonce", type: "long" },
    { name: "replaces", type: "long", doc: "Epoch in force as the claimant knows it; -1 for none." },
    { name: "worker", type: "string", doc: "Who claims, for people." },
    { name: "time", type: "long" },
  ],
} as const;

/** frame.v1.avsc */
export const frameV1Schema = {
  type: "record",
  name: "Frame",
  namespace: "millrace.journal",
  doc: "What one append to the journal holds: the decisions of an owner, and the inputs that they used up.",
  fields: [
    { name: "epoch", type: "long", doc: "Offset of the owner's claim." },
    { name: "nonce", type: "long", doc: "The claim's nonce: tells claims apart that share an offset after a topic was made anew." },
    { name: "lsn", type: "long", doc: "Number of the frame in its partition, contiguous across owners." },
    { name: "time", type: "long", doc: "Milliseconds since 1970 by the log's clock when deciding; never below the last." },
    {
      name: "inputs",
      type: {
        type: "array",
        items: {
          type: "record",
          name: "InputRead",
          doc: "A source partition was decided up to `next`.",
          fields: [
            { name: "topic", type: "string" },
            { name: "partition", type: "int" },
            { name: "next", type: "long", doc: "Offset of the first record that is not decided yet." },
            { name: "last", type: "long", doc: "Offset of the last record that was decided." },
            { name: "hash", type: "int", doc: "Hash of that record: tells when a topic was made anew (R11)." },
            {
              name: "producers",
              type: {
                type: "array",
                items: {
                  type: "record",
                  name: "ProducerMark",
                  doc: "Events of this producer up to `sequence` are decided.",
                  fields: [
                    { name: "producer", type: "string" },
                    { name: "sequence", type: "long" },
                  ],
                },
              },
            },
            { name: "ids", type: { type: "array", items: "string" }, doc: "Idempotency keys that were decided." },
          ],
        },
      },
    },
    {
      name: "records",
      type: {
        type: "array",
        items: [
          {
            type: "record",
            name: "RunsStarted",
            doc: "An event starts one run for every function that it triggers.",
            fields: [
              {
                name: "event",
                type: {
                  type: "record",
                  name: "TriggerEvent",
                  fields: [
                    { name: "id", type: "string" },
                    { name: "name", type: "string" },
                    { name: "data", type: "string", doc: "JSON." },
                    { name: "time", type: "long", doc: "Milliseconds since 1970: what the producer said, else when the log took it." },
                    { name: "key", type: ["null", "string"] },
                    { name: "topic", type: "string", doc: "Where it was read; empty for an event that never was in a topic." },
                    { name: "partition", type: "int" },
                    { name: "offset", type: "long" },
                  ],
                },
              },
              {
                name: "runs",
                type: {
                  type: "array",
                  items: {
                    type: "record",
                    name: "StartedRun",
                    fields: [
                      { name: "id", type: { type: "string", logicalType: "run-id" } },
                      { name: "functionId", type: "string" },
                    ],
                  },
                },
              },
            ],
          },
          {
            type: "record",
            name: "StepCompleted",
            fields: [
              { name: "run", type: { type: "string", logicalType: "run-id" } },
              { name: "step", type: { type: "string", logicalType: "step-key" } },
              { name: "output", type: ["null", "string"], doc: "JSON; null for undefined." },
            ],
          },
          {
            type: "record",
            name: "StepFailed",
            fields: [
              { name: "run", type: { type: "string", logicalType: "run-id" } },
              { name: "step", type: { type: "string", logicalType: "step-key" } },
              { name: "attempt", type: "int", doc: "0 for the first." },
              {
                name: "error",
                type: {
                  type: "record",
                  name: "Failure",
                  fields: [
                    { name: "name", type: "string" },
                    { name: "message", type: "string" },
                    { name: "stack", type: ["null", "string"] },
                  ],
                },
              },
              { name: "retryAt", type: ["null", "long"], doc: "Null: no attempt is left." },
            ],
          },
          {
            type: "record",
            name: "SleepStarted",
            fields: [
              { name: "run", type: { type: "string", logicalType: "run-id" } },
              { name: "step", type: { type: "string", logicalType: "step-key" } },
              { name: "wakeAt", type: "long" },
              { name: "resting", type: "boolean", doc: "The run does nothing but sleep: its code need not be called before it wakes." },
            ],
          },
          {
            type: "record",
            name: "SleepEnded",
            fields: [
              { name: "run", type: { type: "string", logicalType: "run-id" } },
              { name: "step", type: { type: "string", logicalType: "step-key" } },
            ],
          },
          {
            type: "record",
            name: "RunAttemptFailed",
            doc: "The function threw outside of its steps and will be called again.",
            fields: [
              { name: "run", type: { type: "string", logicalType: "run-id" } },
              { name: "attempt", type: "int" },
              { name: "error", type: "Failure" },
              { name: "retryAt", type: "long" },
            ],
          },
          {
            type: "record",
            name: "RunCompleted",
            fields: [
              { name: "run", type: { type: "string", logicalType: "run-id" } },
              { name: "output", type: ["null", "string"] },
            ],
          },
          {
            type: "record",
            name: "RunFailed",
            fields: [
              { name: "run", type: { type: "string", logicalType: "run-id" } },
              { name: "error", type: "Failure" },
            ],
          },
          {
            type: "record",
            name: "RunParked",
            doc: "The code asks for other steps than those recorded: nothing is guessed, the run waits for people.",
            fields: [
              { name: "run", type: { type: "string", logicalType: "run-id" } },
              { name: "difference", type: "string" },
            ],
          },
          {
            type: "record",
            name: "RunUnparked",
            doc: "The code agrees with the record again.",
            fields: [{ name: "run", type: { type: "string", logicalType: "run-id" } }],
          },
          {
            type: "record",
            name: "EmissionOwed",
            doc: "A record that this partition owes to another topic: an engine event, a dead letter.",
            fields: [
              { name: "sequence", type: "long" },
              { name: "target", type: { type: "enum", name: "EmissionTarget", symbols: ["events", "deadLetter"] } },
              { name: "key", type: ["null", "bytes"] },
              { name: "value", type: ["null", "bytes"] },
              { name: "headers", type: { type: "map", values: "bytes" } },
            ],
          },
          {
            type: "record",
            name: "EmissionsConfirmed",
            fields: [{ name: "through", type: "long", doc: "All owed emissions up to this sequence are in the log." }],
          },
          {
            type: "record",
            name: "InputRejected",
            doc: "An input could not be read or decided; its dead letter is owed.",
            fields: [
              { name: "topic", type: "string" },
              { name: "partition", type: "int" },
              { name: "offset", type: "long" },
              { name: "code", type: "string" },
              { name: "reason", type: "string" },
            ],
          },
          {
            type: "record",
            name: "ManifestActivated",
            doc: "From here on events are decided by this manifest.",
            fields: [
              { name: "version", type: "long", doc: "Offset of the manifest in the functions topic." },
              { name: "hash", type: "string" },
              { name: "content", type: "string", doc: "The manifest, canonical JSON." },
              {
                name: "from",
                type: {
                  type: "array",
                  items: {
                    type: "record",
                    name: "SourcePosition",
                    fields: [
                      { name: "topic", type: "string" },
                      { name: "partition", type: "int" },
                      { name: "offset", type: "long" },
                    ],
                  },
                },
                doc: "The first offset of each source that is decided by this manifest.",
              },
            ],
          },
          {
            type: "record",
            name: "SourcePositionSet",
            doc: "People decided that a source goes on at another offset, because what came before is gone.",
            fields: [
              { name: "topic", type: "string" },
              { name: "partition", type: "int" },
              { name: "from", type: "long" },
              { name: "to", type: "long" },
            ],
          },
          {
            type: "record",
            name: "OwnerReleasing",
            doc: "The owner is about to go and asks its successor to wait.",
            fields: [{ name: "until", type: "long" }],
          },
          { type: "record", name: "OwnerReleased", doc: "The owner has decided its last.", fields: [] },
        ],
      },
    },
  ],
} as const;

/** knock.v1.avsc */
export const knockV1Schema = {
  type: "record",
  name: "Knock",
  namespace: "millrace.journal",
  doc: "A successor has read all that there is and waits: the owner that takes leave may go. The fold passes over it.",
  fields: [
    { name: "epoch", type: "long", doc: "Of the owner that it is for." },
    { name: "nonce", type: "long" },
    { name: "worker", type: "string", doc: "Who knocks, for people." },
    { name: "time", type: "long" },
  ],
} as const;

/** manifest.v1.avsc */
export const manifestV1Schema = {
  type: "record",
  name: "ManifestPublished",
  namespace: "millrace.functions",
  doc: "One deployment's functions, triggers and sources. Its version is its offset in the functions topic.",
  fields: [
    { name: "hash", type: "string", doc: "SHA-256 of the content, hex." },
    { name: "content", type: "string", doc: "Canonical JSON." },
    { name: "worker", type: "string" },
  ],
} as const;
