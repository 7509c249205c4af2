// Made from the .avsc files beside it by `npm run generate`. Do not edit.
import type { RunId, StepKey } from "../../engine/core/ids.ts";

/** A partition decides its events by this manifest from here on. */
export interface PartitionActivated {
  readonly partition: number;
  readonly version: number;
  readonly epoch: number;
  readonly lsn: number;
}

/** A piece of a partition's state as it was after a frame. Cell and frame stand in the record's key. */
export interface ImageCell {
  /** Of the owner that wrote it. */
  readonly epoch: number;
  readonly nonce: number;
  /** Into how many records its text is cut. */
  readonly parts: number;
  /** JSON, or a part of it; null: the cell is gone. */
  readonly body: null | Buffer;
}

/** A worker takes a partition. It counts only if `replaces` is the epoch in force where it stands (R3). */
export interface Claim {
  readonly nonce: number;
  /** Epoch in force as the claimant knows it; -1 for none. */
  readonly replaces: number;
  /** Who claims: a name that no other life of a process has. */
  readonly worker: string;
  readonly time: number;
}

/** From here on journals, inboxes and images may hold what this format has: every worker reads it (R14). The highest number counts. */
export interface FormatActivated {
  readonly format: number;
  /** Who activated it, for people. */
  readonly by: string;
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
  /** When the log took it; where the log does not say, when it was read. */
  readonly appendedAt: number;
  /** Id of the event in whose place it comes; null where it comes in nobody's. */
  readonly corrects: null | string;
  /** W3C traceparent of what sent it, with a space and a tracestate where it has one; null where nobody traces. */
  readonly trace: null | string;
}

/** The run, and its step, that invoked this one. */
export interface RunParent {
  readonly run: RunId;
  readonly step: StepKey;
}

export interface StartedRun {
  readonly id: RunId;
  readonly functionId: string;
  readonly parent: null | RunParent;
  /** Cancelled where its code was not called by then. */
  readonly startBy: null | number;
  /** Cancelled where it is not over by then. */
  readonly finishBy: null | number;
  /** Partitions that watch for the events that cancel it, in the order of its function's cancelOn; -1 where none does. */
  readonly cancels: readonly number[];
  /** Limits on the steps that execute at once; it begins with a slot of each. */
  readonly needs: readonly string[];
  /** What it keeps others from until it is over. */
  readonly singleton: null | string;
}

/** An event starts one run for every function that it triggers. */
export interface RunsStarted {
  readonly type: "RunsStarted";
  readonly event: TriggerEvent;
  readonly runs: readonly StartedRun[];
  /** The events after the first. */
  readonly batch: readonly TriggerEvent[];
}

export interface StepCompleted {
  readonly type: "StepCompleted";
  readonly run: RunId;
  readonly step: StepKey;
  /** JSON; null for undefined. */
  readonly output: null | string;
  /** From when on what it provoked may have come, milliseconds since 1970: when its first attempt began; of what a run does first, when its event came; after another owner, when the step before it ended. */
  readonly began: number;
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
  /** From when on what it provoked may have come, milliseconds since 1970: when its first attempt began; of what a run does first, when its event came; after another owner, when the step before it ended. */
  readonly began: number;
}

export interface SleepStarted {
  readonly type: "SleepStarted";
  readonly run: RunId;
  readonly step: StepKey;
  readonly wakeAt: number;
  /** The run does nothing but wait: its code need not be called before something comes. */
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

/** A run waits for an event or a signal; the partition `to` decides whether it comes. */
export interface WaitStarted {
  readonly type: "WaitStarted";
  readonly run: RunId;
  readonly step: StepKey;
  readonly event: string;
  readonly to: number;
  /** Of what is compared: tells when a run waits for the same again. */
  readonly interest: number;
  /** Events from before do not count, milliseconds since 1970. */
  readonly since: number;
  readonly deadline: null | number;
  /** The run does nothing but wait: its code need not be called before something comes. */
  readonly resting: boolean;
}

export interface WaitResolved {
  readonly type: "WaitResolved";
  readonly run: RunId;
  readonly step: StepKey;
  /** Null: none came in time. */
  readonly event: null | TriggerEvent;
}

/** Branches that lost a race: nothing comes of these steps any more. */
export interface StepsCancelled {
  readonly type: "StepsCancelled";
  readonly run: RunId;
  readonly steps: readonly StepKey[];
}

export interface ChildInvoked {
  readonly type: "ChildInvoked";
  readonly run: RunId;
  readonly step: StepKey;
  readonly child: RunId;
  readonly functionId: string;
  readonly deadline: null | number;
  /** It goes on when its parent is cancelled. */
  readonly detached: boolean;
  /** The run does nothing but wait: its code need not be called before something comes. */
  readonly resting: boolean;
}

/** A slice of an iteration is done; the next begins at the cursor. */
export interface IterationAdvanced {
  readonly type: "IterationAdvanced";
  readonly run: RunId;
  readonly step: StepKey;
  /** JSON; null for undefined. */
  readonly cursor: null | string;
  /** From when on what it provoked may have come, milliseconds since 1970: when its first attempt began; of what a run does first, when its event came; after another owner, when the step before it ended. */
  readonly began: number;
}

export interface RunCancelled {
  readonly type: "RunCancelled";
  readonly run: RunId;
  readonly reason: string;
}

/** The code of these runs, begun by an earlier owner, is about to be called. */
export interface RunsResumed {
  readonly type: "RunsResumed";
  readonly runs: readonly RunId[];
}

/** A run that owners died with is about to be called alone. Written before, so that it counts if this owner dies too. */
export interface LaneEntered {
  readonly type: "LaneEntered";
  readonly run: RunId;
}

/** It has been called alone for long enough: others are called beside it again, and if this owner dies, it was not alone. */
export interface LaneLeft {
  readonly type: "LaneLeft";
  readonly run: RunId;
}

/** The code of these runs was called, and waits or is let go of, with nothing to record: no owner dies of them now. */
export interface RunsRested {
  readonly type: "RunsRested";
  readonly runs: readonly RunId[];
}

/** Owners died each time that this run was called alone: it is not called any more. */
export interface RunQuarantined {
  readonly type: "RunQuarantined";
  readonly run: RunId;
  readonly reason: string;
}

/** People let a quarantined or parked run go on. */
export interface RunReleased {
  readonly type: "RunReleased";
  readonly run: RunId;
}

/** Owed to the task of another partition, through its inbox. */
export interface MessageSent {
  readonly type: "MessageSent";
  readonly to: number;
  /** Counts up from 1 for each pair of partitions. */
  readonly sequence: number;
  /** message.avsc, single object. */
  readonly body: Buffer;
}

export interface MessagesConfirmed {
  readonly type: "MessagesConfirmed";
  readonly to: number;
  readonly through: number;
}

export interface MessagesReceived {
  readonly type: "MessagesReceived";
  readonly from: number;
  readonly through: number;
  /** Who made the last of them: tells if the sender's log lost what it had acknowledged. */
  readonly epoch: number;
  readonly nonce: number;
}

export type WaitPurpose = "step" | "cancel" | "signal";

/** At the partition that decides a wait. */
export interface WaitRegistered {
  readonly type: "WaitRegistered";
  readonly run: RunId;
  readonly step: StepKey;
  /** Name of the event. */
  readonly event: string;
  /** What of it is compared; empty: nothing. */
  readonly path: string;
  readonly value: string;
  /** CEL, checked after the value. */
  readonly condition: null | string;
  /** What the condition needs of the trigger, JSON. */
  readonly bindings: null | string;
  readonly since: number;
  /** What came since then has to be known before the wait expires; what came between `since` and then counts where it is. */
  readonly knownSince: number;
  readonly deadline: null | number;
  /** Events that do not count, by origin. */
  readonly excluded: readonly string[];
  readonly purpose: WaitPurpose;
  /** Not before this scan of the past is done may it expire. */
  readonly scan: number;
}

export interface WaitClosed {
  readonly type: "WaitClosed";
  readonly run: RunId;
  readonly step: StepKey;
}

/** An event that waits may compare, in this partition's window. */
export interface EventKept {
  readonly type: "EventKept";
  readonly event: TriggerEvent;
  readonly paths: readonly string[];
  readonly value: string;
  /** Waits remain to be compared with it. */
  readonly isOpen: boolean;
}

export interface OfferAdvanced {
  readonly type: "OfferAdvanced";
  /** Number of the event in the window. */
  readonly kept: number;
  /** Waits up to this number were compared; null: all. */
  readonly after: null | number;
}

/** A signal has found the one that waited for it, or was given back. */
export interface EventTaken {
  readonly type: "EventTaken";
  readonly kept: number;
  readonly taken: boolean;
}

/** Whatever came before this time to that partition's sources is known here. */
export interface WatermarkRaised {
  readonly type: "WatermarkRaised";
  readonly from: number;
  readonly time: number;
}

/** All partitions are asked for past events of a shape. */
export interface ScanAsked {
  readonly type: "ScanAsked";
  /** Name of the event. */
  readonly event: string;
  /** What of it is compared; empty: nothing. */
  readonly path: string;
  readonly round: number;
  readonly since: number;
  /** How many are asked. */
  readonly partitions: number;
}

/** When the scan that is on its way is answered, another is asked for, that reaches back further. */
export interface ScanWanted {
  readonly type: "ScanWanted";
  /** Name of the event. */
  readonly event: string;
  /** What of it is compared; empty: nothing. */
  readonly path: string;
  readonly since: number;
}

export interface ScanAnswered {
  readonly type: "ScanAnswered";
  readonly from: number;
  /** Name of the event. */
  readonly event: string;
  /** What of it is compared; empty: nothing. */
  readonly path: string;
  readonly round: number;
}

/** From these positions on, events of this name are told to the partition of the value at this path. */
export interface ShapeActivated {
  readonly type: "ShapeActivated";
  /** Name of the event. */
  readonly event: string;
  /** What of it is compared; empty: nothing. */
  readonly path: string;
  readonly from: readonly SourcePosition[];
}

export interface CronScheduled {
  readonly type: "CronScheduled";
  readonly function: string;
  readonly cron: string;
  /** Milliseconds since 1970; null: it is no trigger any more. */
  readonly next: null | number;
  /** How long after that time its run starts. */
  readonly delayMs: number;
}

export type QueueGate = "pause" | "rateLimit" | "idempotency" | "debounce" | "batch" | "singleton" | "throttle" | "home";

/** A run is to start, and waits in a line until its needs let it in. Its event is read back from here then. */
export interface RunQueued {
  readonly type: "RunQueued";
  readonly run: RunId;
  readonly functionId: string;
  /** Where it waits. At some only for a manifest that has its function. */
  readonly gate: QueueGate;
  readonly events: readonly TriggerEvent[];
  readonly parent: null | RunParent;
  /** Keys of all that has to let it in. */
  readonly needs: readonly string[];
  /** Value of its fairness key; empty where it has none. */
  readonly share: string;
  /** Of its share, in thousandths. */
  readonly weight: number;
  /** When it came, less its priority: milliseconds since 1970. The lowest goes first. */
  readonly score: number;
  readonly startBy: null | number;
  /** Partitions that watch for the events that cancel it, in the order of its function's cancelOn; -1 where none does. */
  readonly cancels: readonly number[];
  /** What it keeps others from until it is over. */
  readonly singleton: null | string;
}

/** A run left its line without being started here: it went on to its next gate, or it was cancelled. */
export interface RunUnqueued {
  readonly type: "RunUnqueued";
  readonly run: RunId;
  /** Why it was cancelled. */
  readonly reason: null | string;
}

/** An event that triggers a function starts no run of it. */
export interface RunSkipped {
  readonly type: "RunSkipped";
  /** It would have had this id. */
  readonly run: RunId;
  readonly functionId: string;
  readonly gate: string;
  readonly reason: string;
  readonly eventId: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export type CellKind = "rate" | "once" | "throttle" | "share" | "breaker" | "singleton" | "pause" | "override" | "cancelled" | "rerun";

/** What a policy of flow counts for one value of its key is this from now on. */
export interface CellSet {
  readonly type: "CellSet";
  readonly key: string;
  readonly kind: CellKind;
  /** From then on it says no more than its absence, milliseconds since 1970. */
  readonly until: number;
  readonly numbers: readonly number[];
  readonly text: null | string;
}

export interface CellsForgotten {
  readonly type: "CellsForgotten";
  readonly keys: readonly string[];
}

export type HoldingGate = "debounce" | "batch" | "singleton";

/** An event waits with others of its key for more of them, or for none to come. */
export interface EventHeld {
  readonly type: "EventHeld";
  readonly key: string;
  readonly gate: HoldingGate;
  readonly functionId: string;
  /** That they will start. */
  readonly run: RunId;
  readonly event: TriggerEvent;
  /** When they go on, milliseconds since 1970. */
  readonly due: number;
}

/** The events that were held together go on to the next gate. */
export interface HeldWentOn {
  readonly type: "HeldWentOn";
  readonly key: string;
}

export interface SpreadEntry {
  readonly functionId: string;
  /** That is to start. */
  readonly run: RunId;
}

/** An event has further functions to enter, in later frames: in this one its copies would be too large. */
export interface EventSpread {
  readonly type: "EventSpread";
  readonly event: TriggerEvent;
  /** In the order in which they are entered. */
  readonly entries: readonly SpreadEntry[];
}

/** The event entered so many further functions. It is forgotten when there are no others. */
export interface SpreadAdvanced {
  readonly type: "SpreadAdvanced";
  readonly key: string;
  readonly count: number;
}

/** So many steps of a run want to execute and wait for it. */
export interface SlotsAsked {
  readonly type: "SlotsAsked";
  readonly run: RunId;
  readonly count: number;
}

/** So many more steps of a run may execute. Those that asked first were meant. */
export interface SlotsGiven {
  readonly type: "SlotsGiven";
  readonly run: RunId;
  readonly count: number;
}

/** So many fewer steps of a run may execute. */
export interface SlotsReturned {
  readonly type: "SlotsReturned";
  readonly run: RunId;
  readonly count: number;
  /** A step ended whose slot others wait for; else the run had no use for them. */
  readonly passedOn: boolean;
}

/** This partition has so many permits of a limit of another place, and has asked for so many more. */
export interface PermitsHeld {
  readonly type: "PermitsHeld";
  readonly need: string;
  readonly granted: number;
  readonly wanted: number;
  /** Others want them: what is not in use goes back. */
  readonly recalled: boolean;
}

/** At a limit's place: so many permits are with a partition, and it wants so many more. */
export interface PermitsLeased {
  readonly type: "PermitsLeased";
  readonly pool: string;
  readonly to: number;
  readonly count: number;
  readonly wanted: number;
}

/** A run repeats another from a step on. Follows the record that starts it. */
export interface RerunStarted {
  readonly type: "RerunStarted";
  readonly run: RunId;
  readonly original: RunId;
  /** By which people know it together with others. */
  readonly operation: string;
  /** Which of its events are sent: changed, all or none. */
  readonly emit: string;
  /** JSON: what the original sent, by step. */
  readonly emitted: string;
  /** JSON: from when on events counted for the original's waits, by step. */
  readonly waits: string;
  /** Limits on the steps that execute at once; it begins with a slot of none. */
  readonly needs: readonly string[];
}

/** A run that repeats another takes over what a step came to there. */
export interface StepAdopted {
  readonly type: "StepAdopted";
  readonly run: RunId;
  readonly step: StepKey;
  /** JSON: how the step ended. */
  readonly outcome: string;
}

export interface BackfillRange {
  readonly topic: string;
  readonly partition: number;
  /** From this offset on the function counts. */
  readonly seam: number;
}

/** A function gets events of the past, up to where it counted anyway. */
export interface BackfillStarted {
  readonly type: "BackfillStarted";
  readonly id: string;
  readonly functionId: string;
  readonly ranges: readonly BackfillRange[];
  /** Events a second, of this partition; 0 for as many as it can take. */
  readonly rate: number;
  /** Milliseconds since 1970: events from before do not count. */
  readonly since: null | number;
  /** Milliseconds since 1970: neither do events from then on. */
  readonly until: null | number;
  /** Some of the events may have entered the function before: the journal tells which. */
  readonly mayRepeat: boolean;
}

/** Where a range of a backfill begins and ends, by the topic as it was then; the end is not included. */
export interface BackfillLocated {
  readonly type: "BackfillLocated";
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  /** So many offsets from before are gone from the topic. */
  readonly missing: number;
  /** The topic begins behind the time that was asked for: nobody knows how many are gone. */
  readonly isCut: boolean;
}

/** A range of a backfill is decided up to `next`. */
export interface BackfillAdvanced {
  readonly type: "BackfillAdvanced";
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
  readonly next: number;
  /** So many more events entered the function. */
  readonly started: number;
  /** So many more had entered it before, or are copies of others. */
  readonly skipped: number;
  /** So many more offsets are gone from the topic. */
  readonly missing: number;
}

/** People stop a backfill for a time, or let it go on. */
export interface BackfillChanged {
  readonly type: "BackfillChanged";
  readonly id: string;
  readonly paused: boolean;
}

export interface BackfillEnded {
  readonly type: "BackfillEnded";
  readonly id: string;
  /** done, cancelled or abandoned. */
  readonly outcome: string;
  readonly reason: null | string;
}

/** The digest of the live state as it was after an earlier frame, for whoever asked. */
export interface DigestTold {
  readonly type: "DigestTold";
  readonly nonce: string;
  /** Number of that frame. */
  readonly of: number;
  readonly digest: string;
}

export interface StateValue {
  readonly store: string;
  /** JSON; null: the key has none any more. */
  readonly value: null | string;
}

/** A consumer has taken an event into its state. */
export interface EventConsumed {
  readonly type: "EventConsumed";
  /** What its state and the order of its handlers are kept by. */
  readonly key: string;
  /** Where it is to be handled. */
  readonly event: null | TriggerEvent;
  /** Number of its handling, in the partition; null where nothing handles it. */
  readonly owed: null | number;
  /** What is kept under the key from now on, in the stores where that changed. */
  readonly values: readonly StateValue[];
}

/** A consumer's handler threw, and will be called again. */
export interface HandlingFailed {
  readonly type: "HandlingFailed";
  readonly number: number;
  /** 0 for the first. */
  readonly attempt: number;
  readonly error: Failure;
  readonly retryAt: number;
}

export type ConsumerMode = "active" | "building" | "held" | "retired";

/** A version of a consumer gives way to another, or takes its place. */
export interface ConsumerSteered {
  readonly type: "ConsumerSteered";
  /** Of the command that said so last. */
  readonly attempt: string;
  readonly mode: ConsumerMode;
  /** Of sources: held and retired, where it reads no further; active, from where on events are handled. */
  readonly positions: readonly SourcePosition[];
}

/** How far a consumer is, for whoever asked. */
export interface ConsumerTold {
  readonly type: "ConsumerTold";
  readonly nonce: string;
  /** Of the command that steered it last; empty for none. */
  readonly attempt: string;
  readonly mode: ConsumerMode;
  /** First offsets that are not decided. */
  readonly positions: readonly SourcePosition[];
  /** Where it reads no further. */
  readonly limits: readonly SourcePosition[];
  /** Events that are to be handled. */
  readonly owed: number;
  /** Events that are on their way to other partitions. */
  readonly unsent: number;
  readonly paused: boolean;
}

/** A consumer's handler is called for events that owners may have died of; alone, or not any more. */
export interface HandlingsTried {
  readonly type: "HandlingsTried";
  readonly numbers: readonly number[];
  /** One is the only one that the process calls. */
  readonly alone: boolean;
}

/** Nothing of these handlings is owed any more. */
export interface HandlingEnded {
  readonly type: "HandlingEnded";
  readonly numbers: readonly number[];
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
    | WaitStarted
    | WaitResolved
    | StepsCancelled
    | ChildInvoked
    | IterationAdvanced
    | RunCancelled
    | RunsResumed
    | LaneEntered
    | LaneLeft
    | RunsRested
    | RunQuarantined
    | RunReleased
    | MessageSent
    | MessagesConfirmed
    | MessagesReceived
    | WaitRegistered
    | WaitClosed
    | EventKept
    | OfferAdvanced
    | EventTaken
    | WatermarkRaised
    | ScanAsked
    | ScanWanted
    | ScanAnswered
    | ShapeActivated
    | CronScheduled
    | RunQueued
    | RunUnqueued
    | RunSkipped
    | CellSet
    | CellsForgotten
    | EventHeld
    | HeldWentOn
    | EventSpread
    | SpreadAdvanced
    | SlotsAsked
    | SlotsGiven
    | SlotsReturned
    | PermitsHeld
    | PermitsLeased
    | RerunStarted
    | StepAdopted
    | BackfillStarted
    | BackfillLocated
    | BackfillAdvanced
    | BackfillChanged
    | BackfillEnded
    | DigestTold
    | EventConsumed
    | HandlingFailed
    | ConsumerSteered
    | ConsumerTold
    | HandlingsTried
    | HandlingEnded
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

export type Purpose = "step" | "cancel" | "signal";

export interface RegisterWait {
  readonly type: "RegisterWait";
  readonly run: RunId;
  readonly step: StepKey;
  /** Name of the event. */
  readonly event: string;
  /** What of it is compared; empty: nothing. */
  readonly path: string;
  readonly value: string;
  readonly condition: null | string;
  readonly bindings: null | string;
  readonly since: number;
  /** What came since then has to be known before the wait expires; what came between `since` and then counts where it is. */
  readonly knownSince: number;
  readonly deadline: null | number;
  readonly excluded: readonly string[];
  readonly purpose: Purpose;
  /** Of a signal: ends the wait that is there. Else the new one is refused. */
  readonly replaces: boolean;
}

export interface CancelWait {
  readonly type: "CancelWait";
  readonly run: RunId;
  readonly step: StepKey;
}

export interface MessageEvent {
  readonly id: string;
  readonly name: string;
  /** JSON; null where it is too large to be sent: it stands in its topic. */
  readonly data: null | string;
  /** Milliseconds since 1970: what the producer said, else when the log took it. */
  readonly time: number;
  readonly key: null | string;
  /** Where it was read; empty for an event that never was in a topic. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** When the log took it; where the log does not say, when it was read. */
  readonly appendedAt: number;
  /** Id of the event in whose place it comes; null where it comes in nobody's. */
  readonly corrects: null | string;
  /** W3C traceparent of what sent it, with a space and a tracestate where it has one; null where nobody traces. */
  readonly trace: null | string;
}

export interface EventSeen {
  readonly type: "EventSeen";
  readonly event: MessageEvent;
  readonly paths: readonly string[];
  readonly value: string;
}

export type WaitOutcome = "matched" | "expired" | "replaced" | "refused";

export interface ResolveWait {
  readonly type: "ResolveWait";
  readonly run: RunId;
  readonly step: StepKey;
  readonly outcome: WaitOutcome;
  readonly event: null | MessageEvent;
  readonly purpose: Purpose;
}

/** The run no longer waits: another may have the signal. */
export interface RejectMatch {
  readonly type: "RejectMatch";
  readonly event: MessageEvent;
}

export interface AskWatermark {
  readonly type: "AskWatermark";
  readonly time: number;
}

/** Too many runs wait in lines at the sender: whoever would send it more waits with that. */
export interface HoldBack {
  readonly type: "HoldBack";
  /** By the log's clock, milliseconds since 1970. */
  readonly until: number;
  /** Of those that backfills give; live ones may come. */
  readonly isPast: boolean;
}

export interface WatermarkReached {
  readonly type: "WatermarkReached";
  readonly time: number;
}

export interface AskRescan {
  readonly type: "AskRescan";
  /** Name of the event. */
  readonly event: string;
  /** What of it is compared; empty: nothing. */
  readonly path: string;
  readonly round: number;
  readonly since: number;
}

export interface RescanDone {
  readonly type: "RescanDone";
  /** Name of the event. */
  readonly event: string;
  /** What of it is compared; empty: nothing. */
  readonly path: string;
  readonly round: number;
}

export interface StartChild {
  readonly type: "StartChild";
  readonly child: RunId;
  readonly functionId: string;
  readonly event: MessageEvent;
  readonly run: RunId;
  readonly step: StepKey;
}

export interface ChildFailure {
  readonly name: string;
  readonly message: string;
  readonly stack: null | string;
}

/** To the run that invoked it. */
export interface ChildEnded {
  readonly type: "ChildEnded";
  readonly run: RunId;
  readonly step: StepKey;
  readonly child: RunId;
  readonly output: null | string;
  /** Null: it completed. */
  readonly error: null | ChildFailure;
}

export interface CancelRun {
  readonly type: "CancelRun";
  readonly run: RunId;
  readonly reason: string;
}

/** People let a parked or quarantined run go on. */
export interface ReleaseRun {
  readonly type: "ReleaseRun";
  readonly run: RunId;
}

export interface EnteringParent {
  readonly run: RunId;
  readonly step: StepKey;
}

/** Events that trigger a function are at a gate whose place is the receiver. */
export interface EnterFunction {
  readonly type: "EnterFunction";
  readonly functionId: string;
  /** That they are to start. */
  readonly run: RunId;
  readonly gate: string;
  readonly events: readonly MessageEvent[];
  readonly parent: null | EnteringParent;
  /** What the run keeps others from until it is over. */
  readonly singleton: null | string;
}

/** A run that kept others from starting is over. */
export interface SingletonEnded {
  readonly type: "SingletonEnded";
  readonly key: string;
  readonly run: RunId;
}

/** To a limit's place: the sender wants so many permits, in all that it has not got. */
export interface WantPermits {
  readonly type: "WantPermits";
  readonly pool: string;
  readonly count: number;
}

export interface GrantPermits {
  readonly type: "GrantPermits";
  readonly pool: string;
  readonly count: number;
  /** Others want them too: what is used once goes back. */
  readonly recalled: boolean;
}

export interface ReturnPermits {
  readonly type: "ReturnPermits";
  readonly pool: string;
  readonly count: number;
}

/** From a limit's place: others want what the receiver does not use. */
export interface RecallPermits {
  readonly type: "RecallPermits";
  readonly pool: string;
}

/** People stop a function from starting runs, or let it start them again. */
export interface PauseFunction {
  readonly type: "PauseFunction";
  readonly functionId: string;
  /** What becomes of events meanwhile, keep or skip; null: the function goes on. */
  readonly events: null | string;
}

/** People change limits of a function for a time. */
export interface OverrideFlow {
  readonly type: "OverrideFlow";
  readonly functionId: string;
  /** JSON; null: as it is declared again. */
  readonly limits: null | string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

export interface OpenRun {
  readonly run: RunId;
  /** How many of its steps had come to something. */
  readonly outcomes: number;
}

/** People have a run repeated from a step on, by a run of its own. */
export interface RerunRun {
  readonly type: "RerunRun";
  /** That repeats it. */
  readonly run: RunId;
  readonly original: RunId;
  readonly operation: string;
  readonly functionId: string;
  readonly events: readonly MessageEvent[];
  /** JSON: what came before, by step. */
  readonly steps: string;
  /** changed, all or none. */
  readonly emit: string;
  /** JSON: what the original sent, by step. */
  readonly emitted: string;
  /** JSON: from when on events counted for the original's waits, by step. */
  readonly waits: string;
  /** A run in whose place it comes and that is not over: cancelled, if it is no further than that. */
  readonly cancels: null | OpenRun;
}

/** People give a function events of the past. */
export interface StartBackfill {
  readonly type: "StartBackfill";
  readonly id: string;
  readonly functionId: string;
  /** Milliseconds since 1970; null: from the beginning. */
  readonly since: null | number;
  /** Milliseconds since 1970; null: up to where it counts anyway. */
  readonly until: null | number;
  /** Events a second in all partitions; 0 for as many as they can take. */
  readonly rate: number;
}

export interface ControlBackfill {
  readonly type: "ControlBackfill";
  readonly id: string;
  /** pause, resume or cancel. */
  readonly action: string;
}

/** People, or who checks what they expect, found that an event never came to a function that it triggers: told to who read the event. */
export interface StartMissed {
  readonly type: "StartMissed";
  readonly functionId: string;
  readonly event: MessageEvent;
}

/** People want the digest of the live state in the journal. */
export interface AskDigest {
  readonly type: "AskDigest";
  readonly nonce: string;
}

/** An event of a consumer has a key whose state is the receiver's. */
export interface ConsumeEvent {
  readonly type: "ConsumeEvent";
  readonly key: string;
  readonly event: MessageEvent;
  /** False for what another version of the consumer has handled. */
  readonly isHandled: boolean;
}

/** People have a consumer take an event once more that it had set aside. */
export interface ConsumeAgain {
  readonly type: "ConsumeAgain";
  /** Where its dead letter stands: of one letter this counts once in 24 hours. */
  readonly letter: string;
  readonly event: MessageEvent;
  /** It is in the state already: only the handler is to be called. */
  readonly isReduced: boolean;
}

export interface SteeredPosition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** People have a version of a consumer give way to another, or ask how far it is. */
export interface SteerConsumer {
  readonly type: "SteerConsumer";
  readonly nonce: string;
  /** Of a command that has one version take the place of another; empty to ask. */
  readonly attempt: string;
  /** ask, hold, follow, retire, activate or release. */
  readonly action: string;
  readonly positions: readonly SteeredPosition[];
}

/** What the task of one partition tells that of another. */
export interface Message {
  readonly body:
    | RegisterWait
    | CancelWait
    | EventSeen
    | ResolveWait
    | RejectMatch
    | AskWatermark
    | HoldBack
    | WatermarkReached
    | AskRescan
    | RescanDone
    | StartChild
    | ChildEnded
    | CancelRun
    | ReleaseRun
    | EnterFunction
    | SingletonEnded
    | WantPermits
    | GrantPermits
    | ReturnPermits
    | RecallPermits
    | PauseFunction
    | OverrideFlow
    | RerunRun
    | StartBackfill
    | ControlBackfill
    | StartMissed
    | AskDigest
    | ConsumeEvent
    | ConsumeAgain
    | SteerConsumer;
}

export interface Letter {
  readonly sequence: number;
  /** Who decided it. */
  readonly epoch: number;
  readonly nonce: number;
  /** message.avsc, single object. */
  readonly body: Buffer;
}

/** What one append to an inbox holds. */
export interface Parcel {
  /** Partition of the sender; -1 for a command of people. */
  readonly from: number;
  readonly messages: readonly Letter[];
}

/** Some run waits, or waited, for events of this name by the value at this path: all partitions tell them to the partition of the value. */
export interface ShapePublished {
  /** Name of the event. */
  readonly event: string;
  /** What of it is compared; empty: nothing. */
  readonly path: string;
}

/** Closes an image: all cells, each as it was last written at or before the frame, are the state after that frame. */
export interface ImageTrailer {
  /** Of the owner that wrote it. */
  readonly epoch: number;
  readonly nonce: number;
  /** Number of the frame. */
  readonly lsn: number;
  /** Where the entry of that number stands in the journal: whoever has the image folds on from there. */
  readonly offset: number;
  /** What its cells mean. */
  readonly format: number;
  /** How many cells there are. */
  readonly count: number;
  /** Sum of the cells' hashes, hex. */
  readonly sum: string;
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
  | WaitStarted
  | WaitResolved
  | StepsCancelled
  | ChildInvoked
  | IterationAdvanced
  | RunCancelled
  | RunsResumed
  | LaneEntered
  | LaneLeft
  | RunsRested
  | RunQuarantined
  | RunReleased
  | MessageSent
  | MessagesConfirmed
  | MessagesReceived
  | WaitRegistered
  | WaitClosed
  | EventKept
  | OfferAdvanced
  | EventTaken
  | WatermarkRaised
  | ScanAsked
  | ScanWanted
  | ScanAnswered
  | ShapeActivated
  | CronScheduled
  | RunQueued
  | RunUnqueued
  | RunSkipped
  | CellSet
  | CellsForgotten
  | EventHeld
  | HeldWentOn
  | EventSpread
  | SpreadAdvanced
  | SlotsAsked
  | SlotsGiven
  | SlotsReturned
  | PermitsHeld
  | PermitsLeased
  | RerunStarted
  | StepAdopted
  | BackfillStarted
  | BackfillLocated
  | BackfillAdvanced
  | BackfillChanged
  | BackfillEnded
  | DigestTold
  | EventConsumed
  | HandlingFailed
  | ConsumerSteered
  | ConsumerTold
  | HandlingsTried
  | HandlingEnded
  | OwnerReleasing
  | OwnerReleased;

/** Everything that one task may tell another. */
export type MessageBody =
  | RegisterWait
  | CancelWait
  | EventSeen
  | ResolveWait
  | RejectMatch
  | AskWatermark
  | HoldBack
  | WatermarkReached
  | AskRescan
  | RescanDone
  | StartChild
  | ChildEnded
  | CancelRun
  | ReleaseRun
  | EnterFunction
  | SingletonEnded
  | WantPermits
  | GrantPermits
  | ReturnPermits
  | RecallPermits
  | PauseFunction
  | OverrideFlow
  | RerunRun
  | StartBackfill
  | ControlBackfill
  | StartMissed
  | AskDigest
  | ConsumeEvent
  | ConsumeAgain
  | SteerConsumer;

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

/** cell.v1.avsc */
export const cellV1Schema = {
  type: "record",
  name: "ImageCell",
  namespace: "millrace.journal",
  doc: "A piece of a partition's state as it was after a frame. Cell and frame stand in the record's key.",
  fields: [
    { name: "epoch", type: "long", doc: "Of the owner that wrote it." },
    { name: "nonce", type: "long" },
    { name: "parts", type: "int", doc: "Into how many records its text is cut." },
    { name: "body", type: ["null", "bytes"], doc: "JSON, or a part of it; null: the cell is gone." },
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
    { name: "worker", type: "string", doc: "Who claims: a name that no other life of a process has." },
    { name: "time", type: "long" },
  ],
} as const;

/** format.v1.avsc */
export const formatV1Schema = {
  type: "record",
  name: "FormatActivated",
  namespace: "millrace.functions",
  doc: "From here on journals, inboxes and images may hold what this format has: every worker reads it (R14). The highest number counts.",
  fields: [
    { name: "format", type: "int" },
    { name: "by", type: "string", doc: "Who activated it, for people." },
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
                    { name: "appendedAt", type: "long", doc: "When the log took it; where the log does not say, when it was read." },
                    {
                      name: "corrects",
                      type: ["null", "string"],
                      doc: "Id of the event in whose place it comes; null where it comes in nobody's.",
                    },
                    {
                      name: "trace",
                      type: ["null", "string"],
                      doc: "W3C traceparent of what sent it, with a space and a tracestate where it has one; null where nobody traces.",
                    },
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
                      {
                        name: "parent",
                        type: [
                          "null",
                          {
                            type: "record",
                            name: "RunParent",
                            doc: "The run, and its step, that invoked this one.",
                            fields: [
                              { name: "run", type: { type: "string", logicalType: "run-id" } },
                              { name: "step", type: { type: "string", logicalType: "step-key" } },
                            ],
                          },
                        ],
                      },
                      { name: "startBy", type: ["null", "long"], doc: "Cancelled where its code was not called by then." },
                      { name: "finishBy", type: ["null", "long"], doc: "Cancelled where it is not over by then." },
                      {
                        name: "cancels",
                        type: { type: "array", items: "int" },
                        doc: "Partitions that watch for the events that cancel it, in the order of its function's cancelOn; -1 where none does.",
                      },
                      {
                        name: "needs",
                        type: { type: "array", items: "string" },
                        doc: "Limits on the steps that execute at once; it begins with a slot of each.",
                      },
                      { name: "singleton", type: ["null", "string"], doc: "What it keeps others from until it is over." },
                    ],
                  },
                },
              },
              { name: "batch", type: { type: "array", items: "TriggerEvent" }, doc: "The events after the first." },
            ],
          },
          {
            type: "record",
            name: "StepCompleted",
            fields: [
              { name: "run", type: { type: "string", logicalType: "run-id" } },
              { name: "step", type: { type: "string", logicalType: "step-key" } },
              { name: "output", type: ["null", "string"], doc: "JSON; null for undefined." },
              {
                name: "began",
                type: "long",
                doc: "From when on what it provoked may have come, milliseconds since 1970: when its first attempt began; of what a run does first, when its event came; after another owner, when the step before it ended.",
              },
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
              {
                name: "began",
                type: "long",
                doc: "From when on what it provoked may have come, milliseconds since 1970: when its first attempt began; of what a run does first, when its event came; after another owner, when the step before it ended.",
              },
            ],
          },
          {
            type: "record",
            name: "SleepStarted",
            fields: [
              { name: "run", type: { type: "string", logicalType: "run-id" } },
              { name: "step", type: { type: "string", logicalType: "step-key" } },
              { name: "wakeAt", type: "long" },
              {
                name: "resting",
                type: "boolean",
                doc: "The run does nothing but wait: its code need not be called before something comes.",
              },
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
            name: "WaitStarted",
            doc: "A run waits for an event or a signal; the partition `to` decides whether it comes.",
            fields: [
              { name: "run", type: { type: "string", logicalType: "run-id" } },
              { name: "step", type: { type: "string", logicalType: "step-key" } },
              { name: "event", type: "string" },
              { name: "to", type: "int" },
              { name: "interest", type: "int", doc: "Of what is compared: tells when a run waits for the same again." },
              { name: "since", type: "long", doc: "Events from before do not count, milliseconds since 1970." },
              { name: "deadline", type: ["null", "long"] },
              {
                name: "resting",
                type: "boolean",
                doc: "The run does nothing but wait: its code need not be called before something comes.",
              },
            ],
          },
          {
            type: "record",
            name: "WaitResolved",
            fields: [
              { name: "run", type: { type: "string", logicalType: "run-id" } },
              { name: "step", type: { type: "string", logicalType: "step-key" } },
              { name: "event", type: ["null", "TriggerEvent"], doc: "Null: none came in time." },
            ],
          },
          {
            type: "record",
            name: "StepsCancelled",
            doc: "Branches that lost a race: nothing comes of these steps any more.",
            fields: [
              { name: "run", type: { type: "string", logicalType: "run-id" } },
              { name: "steps", type: { type: "array", items: { type: "string", logicalType: "step-key" } } },
            ],
          },
          {
            type: "record",
            name: "ChildInvoked",
            fields: [
              { name: "run", type: { type: "string", logicalType: "run-id" } },
              { name: "step", type: { type: "string", logicalType: "step-key" } },
              { name: "child", type: { type: "string", logicalType: "run-id" } },
              { name: "functionId", type: "string" },
              { name: "deadline", type: ["null", "long"] },
              { name: "detached", type: "boolean", doc: "It goes on when its parent is cancelled." },
              {
                name: "resting",
                type: "boolean",
                doc: "The run does nothing but wait: its code need not be called before something comes.",
              },
            ],
          },
          {
            type: "record",
            name: "IterationAdvanced",
            doc: "A slice of an iteration is done; the next begins at the cursor.",
            fields: [
              { name: "run", type: { type: "string", logicalType: "run-id" } },
              { name: "step", type: { type: "string", logicalType: "step-key" } },
              { name: "cursor", type: ["null", "string"], doc: "JSON; null for undefined." },
              {
                name: "began",
                type: "long",
                doc: "From when on what it provoked may have come, milliseconds since 1970: when its first attempt began; of what a run does first, when its event came; after another owner, when the step before it ended.",
              },
            ],
          },
          {
            type: "record",
            name: "RunCancelled",
            fields: [
              { name: "run", type: { type: "string", logicalType: "run-id" } },
              { name: "reason", type: "string" },
            ],
          },
          {
            type: "record",
            name: "RunsResumed",
            doc: "The code of these runs, begun by an earlier owner, is about to be called.",
            fields: [{ name: "runs", type: { type: "array", items: { type: "string", logicalType: "run-id" } } }],
          },
          {
            type: "record",
            name: "LaneEntered",
            doc: "A run that owners died with is about to be called alone. Written before, so that it counts if this owner dies too.",
            fields: [{ name: "run", type: { type: "string", logicalType: "run-id" } }],
          },
          {
            type: "record",
            name: "LaneLeft",
            doc: "It has been called alone for long enough: others are called beside it again, and if this owner dies, it was not alone.",
            fields: [{ name: "run", type: { type: "string", logicalType: "run-id" } }],
          },
          {
            type: "record",
            name: "RunsRested",
            doc: "The code of these runs was called, and waits or is let go of, with nothing to record: no owner dies of them now.",
            fields: [{ name: "runs", type: { type: "array", items: { type: "string", logicalType: "run-id" } } }],
          },
          {
            type: "record",
            name: "RunQuarantined",
            doc: "Owners died each time that this run was called alone: it is not called any more.",
            fields: [
              { name: "run", type: { type: "string", logicalType: "run-id" } },
              { name: "reason", type: "string" },
            ],
          },
          {
            type: "record",
            name: "RunReleased",
            doc: "People let a quarantined or parked run go on.",
            fields: [{ name: "run", type: { type: "string", logicalType: "run-id" } }],
          },
          {
            type: "record",
            name: "MessageSent",
            doc: "Owed to the task of another partition, through its inbox.",
            fields: [
              { name: "to", type: "int" },
              { name: "sequence", type: "long", doc: "Counts up from 1 for each pair of partitions." },
              { name: "body", type: "bytes", doc: "message.avsc, single object." },
            ],
          },
          {
            type: "record",
            name: "MessagesConfirmed",
            fields: [
              { name: "to", type: "int" },
              { name: "through", type: "long" },
            ],
          },
          {
            type: "record",
            name: "MessagesReceived",
            fields: [
              { name: "from", type: "int" },
              { name: "through", type: "long" },
              { name: "epoch", type: "long", doc: "Who made the last of them: tells if the sender's log lost what it had acknowledged." },
              { name: "nonce", type: "long" },
            ],
          },
          {
            type: "record",
            name: "WaitRegistered",
            doc: "At the partition that decides a wait.",
            fields: [
              { name: "run", type: { type: "string", logicalType: "run-id" } },
              { name: "step", type: { type: "string", logicalType: "step-key" } },
              { name: "event", type: "string", doc: "Name of the event." },
              { name: "path", type: "string", doc: "What of it is compared; empty: nothing." },
              { name: "value", type: "string" },
              { name: "condition", type: ["null", "string"], doc: "CEL, checked after the value." },
              { name: "bindings", type: ["null", "string"], doc: "What the condition needs of the trigger, JSON." },
              { name: "since", type: "long" },
              {
                name: "knownSince",
                type: "long",
                doc: "What came since then has to be known before the wait expires; what came between `since` and then counts where it is.",
              },
              { name: "deadline", type: ["null", "long"] },
              { name: "excluded", type: { type: "array", items: "string" }, doc: "Events that do not count, by origin." },
              { name: "purpose", type: { type: "enum", name: "WaitPurpose", symbols: ["step", "cancel", "signal"] } },
              { name: "scan", type: "int", doc: "Not before this scan of the past is done may it expire." },
            ],
          },
          {
            type: "record",
            name: "WaitClosed",
            fields: [
              { name: "run", type: { type: "string", logicalType: "run-id" } },
              { name: "step", type: { type: "string", logicalType: "step-key" } },
            ],
          },
          {
            type: "record",
            name: "EventKept",
            doc: "An event that waits may compare, in this partition's window.",
            fields: [
              { name: "event", type: "TriggerEvent" },
              { name: "paths", type: { type: "array", items: "string" } },
              { name: "value", type: "string" },
              { name: "isOpen", type: "boolean", doc: "Waits remain to be compared with it." },
            ],
          },
          {
            type: "record",
            name: "OfferAdvanced",
            fields: [
              { name: "kept", type: "long", doc: "Number of the event in the window." },
              { name: "after", type: ["null", "long"], doc: "Waits up to this number were compared; null: all." },
            ],
          },
          {
            type: "record",
            name: "EventTaken",
            doc: "A signal has found the one that waited for it, or was given back.",
            fields: [
              { name: "kept", type: "long" },
              { name: "taken", type: "boolean" },
            ],
          },
          {
            type: "record",
            name: "WatermarkRaised",
            doc: "Whatever came before this time to that partition's sources is known here.",
            fields: [
              { name: "from", type: "int" },
              { name: "time", type: "long" },
            ],
          },
          {
            type: "record",
            name: "ScanAsked",
            doc: "All partitions are asked for past events of a shape.",
            fields: [
              { name: "event", type: "string", doc: "Name of the event." },
              { name: "path", type: "string", doc: "What of it is compared; empty: nothing." },
              { name: "round", type: "int" },
              { name: "since", type: "long" },
              { name: "partitions", type: "int", doc: "How many are asked." },
            ],
          },
          {
            type: "record",
            name: "ScanWanted",
            doc: "When the scan that is on its way is answered, another is asked for, that reaches back further.",
            fields: [
              { name: "event", type: "string", doc: "Name of the event." },
              { name: "path", type: "string", doc: "What of it is compared; empty: nothing." },
              { name: "since", type: "long" },
            ],
          },
          {
            type: "record",
            name: "ScanAnswered",
            fields: [
              { name: "from", type: "int" },
              { name: "event", type: "string", doc: "Name of the event." },
              { name: "path", type: "string", doc: "What of it is compared; empty: nothing." },
              { name: "round", type: "int" },
            ],
          },
          {
            type: "record",
            name: "ShapeActivated",
            doc: "From these positions on, events of this name are told to the partition of the value at this path.",
            fields: [
              { name: "event", type: "string", doc: "Name of the event." },
              { name: "path", type: "string", doc: "What of it is compared; empty: nothing." },
              { name: "from", type: { type: "array", items: "SourcePosition" } },
            ],
          },
          {
            type: "record",
            name: "CronScheduled",
            fields: [
              { name: "function", type: "string" },
              { name: "cron", type: "string" },
              { name: "next", type: ["null", "long"], doc: "Milliseconds since 1970; null: it is no trigger any more." },
              { name: "delayMs", type: "long", doc: "How long after that time its run starts." },
            ],
          },
          {
            type: "record",
            name: "RunQueued",
            doc: "A run is to start, and waits in a line until its needs let it in. Its event is read back from here then.",
            fields: [
              { name: "run", type: { type: "string", logicalType: "run-id" } },
              { name: "functionId", type: "string" },
              {
                name: "gate",
                type: {
                  type: "enum",
                  name: "QueueGate",
                  symbols: ["pause", "rateLimit", "idempotency", "debounce", "batch", "singleton", "throttle", "home"],
                },
                doc: "Where it waits. At some only for a manifest that has its function.",
              },
              { name: "events", type: { type: "array", items: "TriggerEvent" } },
              { name: "parent", type: ["null", "RunParent"] },
              { name: "needs", type: { type: "array", items: "string" }, doc: "Keys of all that has to let it in." },
              { name: "share", type: "string", doc: "Value of its fairness key; empty where it has none." },
              { name: "weight", type: "int", doc: "Of its share, in thousandths." },
              { name: "score", type: "long", doc: "When it came, less its priority: milliseconds since 1970. The lowest goes first." },
              { name: "startBy", type: ["null", "long"] },
              {
                name: "cancels",
                type: { type: "array", items: "int" },
                doc: "Partitions that watch for the events that cancel it, in the order of its function's cancelOn; -1 where none does.",
              },
              { name: "singleton", type: ["null", "string"], doc: "What it keeps others from until it is over." },
            ],
          },
          {
            type: "record",
            name: "RunUnqueued",
            doc: "A run left its line without being started here: it went on to its next gate, or it was cancelled.",
            fields: [
              { name: "run", type: { type: "string", logicalType: "run-id" } },
              { name: "reason", type: ["null", "string"], doc: "Why it was cancelled." },
            ],
          },
          {
            type: "record",
            name: "RunSkipped",
            doc: "An event that triggers a function starts no run of it.",
            fields: [
              { name: "run", type: { type: "string", logicalType: "run-id" }, doc: "It would have had this id." },
              { name: "functionId", type: "string" },
              { name: "gate", type: "string" },
              { name: "reason", type: "string" },
              { name: "eventId", type: "string" },
              { name: "topic", type: "string" },
              { name: "partition", type: "int" },
              { name: "offset", type: "long" },
            ],
          },
          {
            type: "record",
            name: "CellSet",
            doc: "What a policy of flow counts for one value of its key is this from now on.",
            fields: [
              { name: "key", type: "string" },
              {
                name: "kind",
                type: {
                  type: "enum",
                  name: "CellKind",
                  symbols: ["rate", "once", "throttle", "share", "breaker", "singleton", "pause", "override", "cancelled", "rerun"],
                },
              },
              { name: "until", type: "long", doc: "From then on it says no more than its absence, milliseconds since 1970." },
              { name: "numbers", type: { type: "array", items: "long" } },
              { name: "text", type: ["null", "string"] },
            ],
          },
          { type: "record", name: "CellsForgotten", fields: [{ name: "keys", type: { type: "array", items: "string" } }] },
          {
            type: "record",
            name: "EventHeld",
            doc: "An event waits with others of its key for more of them, or for none to come.",
            fields: [
              { name: "key", type: "string" },
              { name: "gate", type: { type: "enum", name: "HoldingGate", symbols: ["debounce", "batch", "singleton"] } },
              { name: "functionId", type: "string" },
              { name: "run", type: { type: "string", logicalType: "run-id" }, doc: "That they will start." },
              { name: "event", type: "TriggerEvent" },
              { name: "due", type: "long", doc: "When they go on, milliseconds since 1970." },
            ],
          },
          {
            type: "record",
            name: "HeldWentOn",
            doc: "The events that were held together go on to the next gate.",
            fields: [{ name: "key", type: "string" }],
          },
          {
            type: "record",
            name: "EventSpread",
            doc: "An event has further functions to enter, in later frames: in this one its copies would be too large.",
            fields: [
              { name: "event", type: "TriggerEvent" },
              {
                name: "entries",
                doc: "In the order in which they are entered.",
                type: {
                  type: "array",
                  items: {
                    type: "record",
                    name: "SpreadEntry",
                    fields: [
                      { name: "functionId", type: "string" },
                      { name: "run", type: { type: "string", logicalType: "run-id" }, doc: "That is to start." },
                    ],
                  },
                },
              },
            ],
          },
          {
            type: "record",
            name: "SpreadAdvanced",
            doc: "The event entered so many further functions. It is forgotten when there are no others.",
            fields: [
              { name: "key", type: "string" },
              { name: "count", type: "int" },
            ],
          },
          {
            type: "record",
            name: "SlotsAsked",
            doc: "So many steps of a run want to execute and wait for it.",
            fields: [
              { name: "run", type: { type: "string", logicalType: "run-id" } },
              { name: "count", type: "int" },
            ],
          },
          {
            type: "record",
            name: "SlotsGiven",
            doc: "So many more steps of a run may execute. Those that asked first were meant.",
            fields: [
              { name: "run", type: { type: "string", logicalType: "run-id" } },
              { name: "count", type: "int" },
            ],
          },
          {
            type: "record",
            name: "SlotsReturned",
            doc: "So many fewer steps of a run may execute.",
            fields: [
              { name: "run", type: { type: "string", logicalType: "run-id" } },
              { name: "count", type: "int" },
              { name: "passedOn", type: "boolean", doc: "A step ended whose slot others wait for; else the run had no use for them." },
            ],
          },
          {
            type: "record",
            name: "PermitsHeld",
            doc: "This partition has so many permits of a limit of another place, and has asked for so many more.",
            fields: [
              { name: "need", type: "string" },
              { name: "granted", type: "int" },
              { name: "wanted", type: "int" },
              { name: "recalled", type: "boolean", doc: "Others want them: what is not in use goes back." },
            ],
          },
          {
            type: "record",
            name: "PermitsLeased",
            doc: "At a limit's place: so many permits are with a partition, and it wants so many more.",
            fields: [
              { name: "pool", type: "string" },
              { name: "to", type: "int" },
              { name: "count", type: "int" },
              { name: "wanted", type: "int" },
            ],
          },
          {
            type: "record",
            name: "RerunStarted",
            doc: "A run repeats another from a step on. Follows the record that starts it.",
            fields: [
              { name: "run", type: { type: "string", logicalType: "run-id" } },
              { name: "original", type: { type: "string", logicalType: "run-id" } },
              { name: "operation", type: "string", doc: "By which people know it together with others." },
              { name: "emit", type: "string", doc: "Which of its events are sent: changed, all or none." },
              { name: "emitted", type: "string", doc: "JSON: what the original sent, by step." },
              { name: "waits", type: "string", doc: "JSON: from when on events counted for the original's waits, by step." },
              {
                name: "needs",
                type: { type: "array", items: "string" },
                doc: "Limits on the steps that execute at once; it begins with a slot of none.",
              },
            ],
          },
          {
            type: "record",
            name: "StepAdopted",
            doc: "A run that repeats another takes over what a step came to there.",
            fields: [
              { name: "run", type: { type: "string", logicalType: "run-id" } },
              { name: "step", type: { type: "string", logicalType: "step-key" } },
              { name: "outcome", type: "string", doc: "JSON: how the step ended." },
            ],
          },
          {
            type: "record",
            name: "BackfillStarted",
            doc: "A function gets events of the past, up to where it counted anyway.",
            fields: [
              { name: "id", type: "string" },
              { name: "functionId", type: "string" },
              {
                name: "ranges",
                type: {
                  type: "array",
                  items: {
                    type: "record",
                    name: "BackfillRange",
                    fields: [
                      { name: "topic", type: "string" },
                      { name: "partition", type: "int" },
                      { name: "seam", type: "long", doc: "From this offset on the function counts." },
                    ],
                  },
                },
              },
              { name: "rate", type: "double", doc: "Events a second, of this partition; 0 for as many as it can take." },
              { name: "since", type: ["null", "long"], doc: "Milliseconds since 1970: events from before do not count." },
              { name: "until", type: ["null", "long"], doc: "Milliseconds since 1970: neither do events from then on." },
              {
                name: "mayRepeat",
                type: "boolean",
                doc: "Some of the events may have entered the function before: the journal tells which.",
              },
            ],
          },
          {
            type: "record",
            name: "BackfillLocated",
            doc: "Where a range of a backfill begins and ends, by the topic as it was then; the end is not included.",
            fields: [
              { name: "id", type: "string" },
              { name: "topic", type: "string" },
              { name: "partition", type: "int" },
              { name: "from", type: "long" },
              { name: "to", type: "long" },
              { name: "missing", type: "long", doc: "So many offsets from before are gone from the topic." },
              {
                name: "isCut",
                type: "boolean",
                doc: "The topic begins behind the time that was asked for: nobody knows how many are gone.",
              },
            ],
          },
          {
            type: "record",
            name: "BackfillAdvanced",
            doc: "A range of a backfill is decided up to `next`.",
            fields: [
              { name: "id", type: "string" },
              { name: "topic", type: "string" },
              { name: "partition", type: "int" },
              { name: "next", type: "long" },
              { name: "started", type: "int", doc: "So many more events entered the function." },
              { name: "skipped", type: "int", doc: "So many more had entered it before, or are copies of others." },
              { name: "missing", type: "long", doc: "So many more offsets are gone from the topic." },
            ],
          },
          {
            type: "record",
            name: "BackfillChanged",
            doc: "People stop a backfill for a time, or let it go on.",
            fields: [
              { name: "id", type: "string" },
              { name: "paused", type: "boolean" },
            ],
          },
          {
            type: "record",
            name: "BackfillEnded",
            fields: [
              { name: "id", type: "string" },
              { name: "outcome", type: "string", doc: "done, cancelled or abandoned." },
              { name: "reason", type: ["null", "string"] },
            ],
          },
          {
            type: "record",
            name: "DigestTold",
            doc: "The digest of the live state as it was after an earlier frame, for whoever asked.",
            fields: [
              { name: "nonce", type: "string" },
              { name: "of", type: "long", doc: "Number of that frame." },
              { name: "digest", type: "string" },
            ],
          },
          {
            type: "record",
            name: "EventConsumed",
            doc: "A consumer has taken an event into its state.",
            fields: [
              { name: "key", type: "string", doc: "What its state and the order of its handlers are kept by." },
              { name: "event", type: ["null", "TriggerEvent"], doc: "Where it is to be handled." },
              { name: "owed", type: ["null", "long"], doc: "Number of its handling, in the partition; null where nothing handles it." },
              {
                name: "values",
                type: {
                  type: "array",
                  items: {
                    type: "record",
                    name: "StateValue",
                    fields: [
                      { name: "store", type: "string" },
                      { name: "value", type: ["null", "string"], doc: "JSON; null: the key has none any more." },
                    ],
                  },
                },
                doc: "What is kept under the key from now on, in the stores where that changed.",
              },
            ],
          },
          {
            type: "record",
            name: "HandlingFailed",
            doc: "A consumer's handler threw, and will be called again.",
            fields: [
              { name: "number", type: "long" },
              { name: "attempt", type: "int", doc: "0 for the first." },
              { name: "error", type: "Failure" },
              { name: "retryAt", type: "long" },
            ],
          },
          {
            type: "record",
            name: "ConsumerSteered",
            doc: "A version of a consumer gives way to another, or takes its place.",
            fields: [
              { name: "attempt", type: "string", doc: "Of the command that said so last." },
              { name: "mode", type: { type: "enum", name: "ConsumerMode", symbols: ["active", "building", "held", "retired"] } },
              {
                name: "positions",
                type: { type: "array", items: "SourcePosition" },
                doc: "Of sources: held and retired, where it reads no further; active, from where on events are handled.",
              },
            ],
          },
          {
            type: "record",
            name: "ConsumerTold",
            doc: "How far a consumer is, for whoever asked.",
            fields: [
              { name: "nonce", type: "string" },
              { name: "attempt", type: "string", doc: "Of the command that steered it last; empty for none." },
              { name: "mode", type: "ConsumerMode" },
              { name: "positions", type: { type: "array", items: "SourcePosition" }, doc: "First offsets that are not decided." },
              { name: "limits", type: { type: "array", items: "SourcePosition" }, doc: "Where it reads no further." },
              { name: "owed", type: "int", doc: "Events that are to be handled." },
              { name: "unsent", type: "int", doc: "Events that are on their way to other partitions." },
              { name: "paused", type: "boolean" },
            ],
          },
          {
            type: "record",
            name: "HandlingsTried",
            doc: "A consumer's handler is called for events that owners may have died of; alone, or not any more.",
            fields: [
              { name: "numbers", type: { type: "array", items: "long" } },
              { name: "alone", type: "boolean", doc: "One is the only one that the process calls." },
            ],
          },
          {
            type: "record",
            name: "HandlingEnded",
            doc: "Nothing of these handlings is owed any more.",
            fields: [{ name: "numbers", type: { type: "array", items: "long" } }],
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

/** message.v1.avsc */
export const messageV1Schema = {
  type: "record",
  name: "Message",
  namespace: "millrace.inbox",
  doc: "What the task of one partition tells that of another.",
  fields: [
    {
      name: "body",
      type: [
        {
          type: "record",
          name: "RegisterWait",
          fields: [
            { name: "run", type: { type: "string", logicalType: "run-id" } },
            { name: "step", type: { type: "string", logicalType: "step-key" } },
            { name: "event", type: "string", doc: "Name of the event." },
            { name: "path", type: "string", doc: "What of it is compared; empty: nothing." },
            { name: "value", type: "string" },
            { name: "condition", type: ["null", "string"] },
            { name: "bindings", type: ["null", "string"] },
            { name: "since", type: "long" },
            {
              name: "knownSince",
              type: "long",
              doc: "What came since then has to be known before the wait expires; what came between `since` and then counts where it is.",
            },
            { name: "deadline", type: ["null", "long"] },
            { name: "excluded", type: { type: "array", items: "string" } },
            { name: "purpose", type: { type: "enum", name: "Purpose", symbols: ["step", "cancel", "signal"] } },
            { name: "replaces", type: "boolean", doc: "Of a signal: ends the wait that is there. Else the new one is refused." },
          ],
        },
        {
          type: "record",
          name: "CancelWait",
          fields: [
            { name: "run", type: { type: "string", logicalType: "run-id" } },
            { name: "step", type: { type: "string", logicalType: "step-key" } },
          ],
        },
        {
          type: "record",
          name: "EventSeen",
          fields: [
            {
              name: "event",
              type: {
                type: "record",
                name: "MessageEvent",
                fields: [
                  { name: "id", type: "string" },
                  { name: "name", type: "string" },
                  { name: "data", type: ["null", "string"], doc: "JSON; null where it is too large to be sent: it stands in its topic." },
                  { name: "time", type: "long", doc: "Milliseconds since 1970: what the producer said, else when the log took it." },
                  { name: "key", type: ["null", "string"] },
                  { name: "topic", type: "string", doc: "Where it was read; empty for an event that never was in a topic." },
                  { name: "partition", type: "int" },
                  { name: "offset", type: "long" },
                  { name: "appendedAt", type: "long", doc: "When the log took it; where the log does not say, when it was read." },
                  {
                    name: "corrects",
                    type: ["null", "string"],
                    doc: "Id of the event in whose place it comes; null where it comes in nobody's.",
                  },
                  {
                    name: "trace",
                    type: ["null", "string"],
                    doc: "W3C traceparent of what sent it, with a space and a tracestate where it has one; null where nobody traces.",
                  },
                ],
              },
            },
            { name: "paths", type: { type: "array", items: "string" } },
            { name: "value", type: "string" },
          ],
        },
        {
          type: "record",
          name: "ResolveWait",
          fields: [
            { name: "run", type: { type: "string", logicalType: "run-id" } },
            { name: "step", type: { type: "string", logicalType: "step-key" } },
            { name: "outcome", type: { type: "enum", name: "WaitOutcome", symbols: ["matched", "expired", "replaced", "refused"] } },
            { name: "event", type: ["null", "MessageEvent"] },
            { name: "purpose", type: "Purpose" },
          ],
        },
        {
          type: "record",
          name: "RejectMatch",
          doc: "The run no longer waits: another may have the signal.",
          fields: [{ name: "event", type: "MessageEvent" }],
        },
        { type: "record", name: "AskWatermark", fields: [{ name: "time", type: "long" }] },
        {
          type: "record",
          name: "HoldBack",
          doc: "Too many runs wait in lines at the sender: whoever would send it more waits with that.",
          fields: [
            { name: "until", type: "long", doc: "By the log's clock, milliseconds since 1970." },
            { name: "isPast", type: "boolean", doc: "Of those that backfills give; live ones may come." },
          ],
        },
        { type: "record", name: "WatermarkReached", fields: [{ name: "time", type: "long" }] },
        {
          type: "record",
          name: "AskRescan",
          fields: [
            { name: "event", type: "string", doc: "Name of the event." },
            { name: "path", type: "string", doc: "What of it is compared; empty: nothing." },
            { name: "round", type: "int" },
            { name: "since", type: "long" },
          ],
        },
        {
          type: "record",
          name: "RescanDone",
          fields: [
            { name: "event", type: "string", doc: "Name of the event." },
            { name: "path", type: "string", doc: "What of it is compared; empty: nothing." },
            { name: "round", type: "int" },
          ],
        },
        {
          type: "record",
          name: "StartChild",
          fields: [
            { name: "child", type: { type: "string", logicalType: "run-id" } },
            { name: "functionId", type: "string" },
            { name: "event", type: "MessageEvent" },
            { name: "run", type: { type: "string", logicalType: "run-id" } },
            { name: "step", type: { type: "string", logicalType: "step-key" } },
          ],
        },
        {
          type: "record",
          name: "ChildEnded",
          doc: "To the run that invoked it.",
          fields: [
            { name: "run", type: { type: "string", logicalType: "run-id" } },
            { name: "step", type: { type: "string", logicalType: "step-key" } },
            { name: "child", type: { type: "string", logicalType: "run-id" } },
            { name: "output", type: ["null", "string"] },
            {
              name: "error",
              type: [
                "null",
                {
                  type: "record",
                  name: "ChildFailure",
                  fields: [
                    { name: "name", type: "string" },
                    { name: "message", type: "string" },
                    { name: "stack", type: ["null", "string"] },
                  ],
                },
              ],
              doc: "Null: it completed.",
            },
          ],
        },
        {
          type: "record",
          name: "CancelRun",
          fields: [
            { name: "run", type: { type: "string", logicalType: "run-id" } },
            { name: "reason", type: "string" },
          ],
        },
        {
          type: "record",
          name: "ReleaseRun",
          doc: "People let a parked or quarantined run go on.",
          fields: [{ name: "run", type: { type: "string", logicalType: "run-id" } }],
        },
        {
          type: "record",
          name: "EnterFunction",
          doc: "Events that trigger a function are at a gate whose place is the receiver.",
          fields: [
            { name: "functionId", type: "string" },
            { name: "run", type: { type: "string", logicalType: "run-id" }, doc: "That they are to start." },
            { name: "gate", type: "string" },
            { name: "events", type: { type: "array", items: "MessageEvent" } },
            {
              name: "parent",
              type: [
                "null",
                {
                  type: "record",
                  name: "EnteringParent",
                  fields: [
                    { name: "run", type: { type: "string", logicalType: "run-id" } },
                    { name: "step", type: { type: "string", logicalType: "step-key" } },
                  ],
                },
              ],
            },
            { name: "singleton", type: ["null", "string"], doc: "What the run keeps others from until it is over." },
          ],
        },
        {
          type: "record",
          name: "SingletonEnded",
          doc: "A run that kept others from starting is over.",
          fields: [
            { name: "key", type: "string" },
            { name: "run", type: { type: "string", logicalType: "run-id" } },
          ],
        },
        {
          type: "record",
          name: "WantPermits",
          doc: "To a limit's place: the sender wants so many permits, in all that it has not got.",
          fields: [
            { name: "pool", type: "string" },
            { name: "count", type: "int" },
          ],
        },
        {
          type: "record",
          name: "GrantPermits",
          fields: [
            { name: "pool", type: "string" },
            { name: "count", type: "int" },
            { name: "recalled", type: "boolean", doc: "Others want them too: what is used once goes back." },
          ],
        },
        {
          type: "record",
          name: "ReturnPermits",
          fields: [
            { name: "pool", type: "string" },
            { name: "count", type: "int" },
          ],
        },
        {
          type: "record",
          name: "RecallPermits",
          doc: "From a limit's place: others want what the receiver does not use.",
          fields: [{ name: "pool", type: "string" }],
        },
        {
          type: "record",
          name: "PauseFunction",
          doc: "People stop a function from starting runs, or let it start them again.",
          fields: [
            { name: "functionId", type: "string" },
            {
              name: "events",
              type: ["null", "string"],
              doc: "What becomes of events meanwhile, keep or skip; null: the function goes on.",
            },
          ],
        },
        {
          type: "record",
          name: "OverrideFlow",
          doc: "People change limits of a function for a time.",
          fields: [
            { name: "functionId", type: "string" },
            { name: "limits", type: ["null", "string"], doc: "JSON; null: as it is declared again." },
            { name: "until", type: "long", doc: "Milliseconds since 1970." },
          ],
        },
        {
          type: "record",
          name: "RerunRun",
          doc: "People have a run repeated from a step on, by a run of its own.",
          fields: [
            { name: "run", type: { type: "string", logicalType: "run-id" }, doc: "That repeats it." },
            { name: "original", type: { type: "string", logicalType: "run-id" } },
            { name: "operation", type: "string" },
            { name: "functionId", type: "string" },
            { name: "events", type: { type: "array", items: "MessageEvent" } },
            { name: "steps", type: "string", doc: "JSON: what came before, by step." },
            { name: "emit", type: "string", doc: "changed, all or none." },
            { name: "emitted", type: "string", doc: "JSON: what the original sent, by step." },
            { name: "waits", type: "string", doc: "JSON: from when on events counted for the original's waits, by step." },
            {
              name: "cancels",
              type: [
                "null",
                {
                  type: "record",
                  name: "OpenRun",
                  fields: [
                    { name: "run", type: { type: "string", logicalType: "run-id" } },
                    { name: "outcomes", type: "int", doc: "How many of its steps had come to something." },
                  ],
                },
              ],
              doc: "A run in whose place it comes and that is not over: cancelled, if it is no further than that.",
            },
          ],
        },
        {
          type: "record",
          name: "StartBackfill",
          doc: "People give a function events of the past.",
          fields: [
            { name: "id", type: "string" },
            { name: "functionId", type: "string" },
            { name: "since", type: ["null", "long"], doc: "Milliseconds since 1970; null: from the beginning." },
            { name: "until", type: ["null", "long"], doc: "Milliseconds since 1970; null: up to where it counts anyway." },
            { name: "rate", type: "double", doc: "Events a second in all partitions; 0 for as many as they can take." },
          ],
        },
        {
          type: "record",
          name: "ControlBackfill",
          fields: [
            { name: "id", type: "string" },
            { name: "action", type: "string", doc: "pause, resume or cancel." },
          ],
        },
        {
          type: "record",
          name: "StartMissed",
          doc: "People, or who checks what they expect, found that an event never came to a function that it triggers: told to who read the event.",
          fields: [
            { name: "functionId", type: "string" },
            { name: "event", type: "MessageEvent" },
          ],
        },
        {
          type: "record",
          name: "AskDigest",
          doc: "People want the digest of the live state in the journal.",
          fields: [{ name: "nonce", type: "string" }],
        },
        {
          type: "record",
          name: "ConsumeEvent",
          doc: "An event of a consumer has a key whose state is the receiver's.",
          fields: [
            { name: "key", type: "string" },
            { name: "event", type: "MessageEvent" },
            { name: "isHandled", type: "boolean", doc: "False for what another version of the consumer has handled." },
          ],
        },
        {
          type: "record",
          name: "ConsumeAgain",
          doc: "People have a consumer take an event once more that it had set aside.",
          fields: [
            { name: "letter", type: "string", doc: "Where its dead letter stands: of one letter this counts once in 24 hours." },
            { name: "event", type: "MessageEvent" },
            { name: "isReduced", type: "boolean", doc: "It is in the state already: only the handler is to be called." },
          ],
        },
        {
          type: "record",
          name: "SteerConsumer",
          doc: "People have a version of a consumer give way to another, or ask how far it is.",
          fields: [
            { name: "nonce", type: "string" },
            { name: "attempt", type: "string", doc: "Of a command that has one version take the place of another; empty to ask." },
            { name: "action", type: "string", doc: "ask, hold, follow, retire, activate or release." },
            {
              name: "positions",
              type: {
                type: "array",
                items: {
                  type: "record",
                  name: "SteeredPosition",
                  fields: [
                    { name: "topic", type: "string" },
                    { name: "partition", type: "int" },
                    { name: "offset", type: "long" },
                  ],
                },
              },
            },
          ],
        },
      ],
    },
  ],
} as const;

/** parcel.v1.avsc */
export const parcelV1Schema = {
  type: "record",
  name: "Parcel",
  namespace: "millrace.inbox",
  doc: "What one append to an inbox holds.",
  fields: [
    { name: "from", type: "int", doc: "Partition of the sender; -1 for a command of people." },
    {
      name: "messages",
      type: {
        type: "array",
        items: {
          type: "record",
          name: "Letter",
          fields: [
            { name: "sequence", type: "long" },
            { name: "epoch", type: "long", doc: "Who decided it." },
            { name: "nonce", type: "long" },
            { name: "body", type: "bytes", doc: "message.avsc, single object." },
          ],
        },
      },
    },
  ],
} as const;

/** shape.v1.avsc */
export const shapeV1Schema = {
  type: "record",
  name: "ShapePublished",
  namespace: "millrace.functions",
  doc: "Some run waits, or waited, for events of this name by the value at this path: all partitions tell them to the partition of the value.",
  fields: [
    { name: "event", type: "string", doc: "Name of the event." },
    { name: "path", type: "string", doc: "What of it is compared; empty: nothing." },
  ],
} as const;

/** trailer.v1.avsc */
export const trailerV1Schema = {
  type: "record",
  name: "ImageTrailer",
  namespace: "millrace.journal",
  doc: "Closes an image: all cells, each as it was last written at or before the frame, are the state after that frame.",
  fields: [
    { name: "epoch", type: "long", doc: "Of the owner that wrote it." },
    { name: "nonce", type: "long" },
    { name: "lsn", type: "long", doc: "Number of the frame." },
    {
      name: "offset",
      type: "long",
      doc: "Where the entry of that number stands in the journal: whoever has the image folds on from there.",
    },
    { name: "format", type: "int", doc: "What its cells mean." },
    { name: "count", type: "long", doc: "How many cells there are." },
    { name: "sum", type: "string", doc: "Sum of the cells' hashes, hex." },
  ],
} as const;
