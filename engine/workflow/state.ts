// The folded state of one partition. It is changed by evolve alone (R2), in place: one partition holds up to millions of cells.
import type { RunId, StepKey } from "../core/ids.ts";
import type { BackfillState, Seam } from "./backfill/state.ts";
import type { ChangeWatcher } from "./changes.ts";
import { emptyConsumer, type ConsumerState } from "./consumer/state.ts";
import type { CronState } from "./cron/state.ts";
import { asItIs, type OpenData } from "./expression/event-facts.ts";
import { emptyFlow, type FlowState, type RunFlow } from "./flow/state.ts";
import type { OutboxState, SenderState } from "./message/state.ts";
import type { EmissionOwed, Failure, RunParent, TriggerEvent } from "./records.ts";
import type { ActiveManifest } from "./trigger/manifest.ts";
import type { RerunState } from "./run/rerun-state.ts";
import { RunTable } from "./run/run-table.ts";
import { TimerHeap } from "./timer/timer-heap.ts";
import { EventWindow } from "./wait/event-window.ts";
import type { ScanState } from "./wait/shape.ts";
import { ShapeTable } from "./wait/shape-table.ts";
import { WaitTable } from "./wait/wait-table.ts";

export interface PartitionState {
  readonly partition: number;
  /** How many the app has. */
  readonly partitions: number;
  /** The claim in force; null before the first. */
  owner: { readonly epoch: number; readonly nonce: number; readonly worker: string } | null;
  /** What the owner in force said of its going. */
  farewell: { readonly kind: "releasing"; readonly until: number } | { readonly kind: "released" } | null;
  lsn: number;
  /** Time of the last frame. */
  time: number;
  manifest: ActiveManifest | null;
  /** By `topic/partition`. */
  readonly sources: Map<string, SourceState>;
  /** Runs that are not finished. */
  readonly runs: RunTable;
  /** Owed and not confirmed, by sequence. */
  readonly emissions: Map<number, EmissionOwed>;
  nextEmission: number;
  /** What is owed to the tasks of other partitions, by partition. */
  readonly outboxes: Map<number, OutboxState>;
  /** How far each of the others' messages are decided, by partition. */
  readonly senders: Map<number, SenderState>;
  /** Waits that are decided here, of runs anywhere. */
  readonly waits: WaitTable;
  /** Recent events that they may compare. */
  readonly window: EventWindow;
  /** Up to when all that came to a partition's sources is known here, by partition. */
  readonly watermarks: Map<number, number>;
  /** How far back the past is known here, by shape. */
  readonly scans: Map<string, ScanState>;
  /** What is told to other partitions of each event that is read here, by shape. */
  readonly shapes: ShapeTable;
  /** By function and expression. */
  readonly crons: Map<string, CronState>;
  readonly flow: FlowState;
  /** By id, in the order in which they began: those that are under way, and the last that are over. */
  readonly backfills: Map<string, BackfillState>;
  /** From where on events count, by function. */
  readonly seams: Map<string, Seam>;
  /** Empty where no consumer has the partition. */
  readonly consumer: ConsumerState;
  /** When folded state wants to be looked at again. Derived from the runs; stale entries are passed over when they come due. */
  readonly timers: TimerHeap;
  /** Who is told of what changes before it does; null where nobody wants to know. Nothing is folded by it. */
  watcher: ChangeWatcher | null;
  /** By which deciders look into data that is sealed. Of the process that owns the partition; nothing is folded by it. */
  open: OpenData;
}

export interface SourceState {
  readonly topic: string;
  readonly partition: number;
  /** First offset that is not decided. */
  next: number;
  /** Offset and hash of the last record decided, -1 and 0 before the first. */
  last: number;
  hash: number;
  /** Highest sequence decided, and when, by producer; the one longest idle first. */
  readonly producers: Map<string, { readonly sequence: number; readonly at: number }>;
  /** When each idempotency key was decided; oldest first. */
  readonly ids: Map<string, number>;
  /** How many of them were forgotten: what is there now was numbered from here on, as it came. */
  idsForgotten: number;
}

export interface RunState {
  readonly id: RunId;
  readonly functionId: string;
  readonly event: TriggerEvent;
  readonly startedAt: number;
  /** How often the function threw outside of its steps. */
  attempt: number;
  status: RunStatus;
  readonly steps: Map<StepKey, StepState>;
  /** How many outcomes are recorded: numbers them in journal order. */
  outcomes: number;
  /** When the last of them was recorded, or the run started, and the epoch of the owner that did. */
  outcomeAt: number;
  outcomeEpoch: number;
  /** The run did nothing but wait when its last wait began, so its code need not be called before something comes. */
  resting: boolean;
  readonly parent: RunParent | null;
  readonly startBy: number | null;
  readonly finishBy: number | null;
  /** Partitions that watch for what cancels it, -1 where none does; by place in its function's cancelOn. */
  readonly cancels: readonly number[];
  /** From when on an event counts for the next wait: when the step before it began, or what it waited for came. */
  mark: number;
  /** How often an owner died while its code may have been running, with nothing recorded since. */
  suspicion: number;
  /** How often in a row an owner died while it was called alone, with nothing recorded since. */
  lanes: number;
  /** It is called alone, or was when its owner ended. */
  alone: boolean;
  /** The epoch of the owner under which its code was last called, or may have been; -1 for none. */
  exposed: number;
  /** Null where nothing limits its steps, nothing waits for its end and one event started it. */
  flow: RunFlow | null;
  /** Null where it repeats no other. */
  rerun: RerunState | null;
}

export type RunStatus =
  | { readonly status: "running" }
  | { readonly status: "backing-off"; readonly retryAt: number; readonly error: Failure }
  | { readonly status: "parked"; readonly difference: string }
  | { readonly status: "quarantined"; readonly reason: string };

/** What a step came to, in the order of the journal. `mark`: from when on an event counts for a wait that follows it. */
interface Outcome {
  readonly order: number;
  readonly mark?: number;
}

/** What is compared, as one number, and from when on events count. */
interface Awaited {
  readonly interest: number;
  readonly since: number;
}

export type StepState =
  | ({ readonly status: "completed"; readonly output: string | null } & Outcome)
  | ({ readonly status: "failed"; readonly attempt: number; readonly error: Failure } & Outcome)
  | {
      readonly status: "retrying";
      readonly attempt: number;
      readonly error: Failure;
      readonly retryAt: number;
      readonly began: number;
      /** Where an iteration goes on. */
      readonly cursor?: string | null;
    }
  | { readonly status: "sleeping"; readonly wakeAt: number }
  | ({ readonly status: "slept" } & Outcome)
  /** `to`: the partition that decides. */
  | ({ readonly status: "waiting"; readonly to: number; readonly event: string; readonly deadline: number | null } & Awaited)
  | ({ readonly status: "resolved"; readonly event: TriggerEvent | null } & Awaited & Outcome)
  | {
      readonly status: "invoking";
      readonly child: RunId;
      readonly functionId: string;
      readonly deadline: number | null;
      readonly detached: boolean;
      readonly began: number;
    }
  | { readonly status: "iterating"; readonly cursor: string | null; readonly began: number }
  /** A branch that lost its race: it never settles. */
  | { readonly status: "cancelled" };

export const RUNNING: RunStatus = { status: "running" };

export function emptyState(partition: number, partitions: number): PartitionState {
  return {
    partition,
    partitions,
    owner: null,
    farewell: null,
    lsn: 0,
    time: 0,
    manifest: null,
    sources: new Map(),
    runs: new RunTable(),
    emissions: new Map(),
    nextEmission: 0,
    outboxes: new Map(),
    senders: new Map(),
    waits: new WaitTable(),
    window: new EventWindow(),
    watermarks: new Map(),
    scans: new Map(),
    shapes: new ShapeTable(),
    crons: new Map(),
    flow: emptyFlow(),
    backfills: new Map(),
    seams: new Map(),
    consumer: emptyConsumer(),
    timers: new TimerHeap(),
    watcher: null,
    open: asItIs,
  };
}
