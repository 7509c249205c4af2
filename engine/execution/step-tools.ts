// The tools that a function's steps are written with.
import type { Logger } from "pino";
import type { Duration } from "../core/duration.ts";
import type { AnyEvents, AwaitedName, EventToSend, ViewOf } from "./event-map.ts";
import type { MillraceFunction } from "./function.ts";
import type { Json } from "./json.ts";

export interface StepContext {
  /** 0 for the first. */
  readonly attempt: number;
  /** Aborted when this step's result will not count: time-out, replaced owner, cancellation, a lost race, end of the run. */
  readonly signal: AbortSignal;
  /**
   * The same on every attempt of this step, and fit for an HTTP header: give it to services that know idempotency keys, since a step runs at
   * least once. Each slice of an iteration has its own.
   */
  readonly idempotencyKey: string;
  readonly logger: Logger;
}

export interface StepOptions {
  readonly id: string;
  /** Attempts after the first, 0–20. Default: the function's. */
  readonly retries?: number;
  /** How long one attempt may take. Default 1 hour. */
  readonly timeout?: Duration;
}

export interface RunOptions extends StepOptions {
  /**
   * The body does nothing but compute its result from what it is given: no effects, no clock, no chance. A step runs as any other does; but a dry
   * run may compute it again, and compare. Default false.
   */
  readonly pure?: boolean;
}

export interface WaitForEvent<Name extends string = string> {
  readonly event: Name;
  /** A place such as `data.userId`: what stands there is the same in the event that began the run, and in the one that is awaited. */
  readonly match?: string;
  /** CEL over `event`, which began the run, and `async`, which is awaited: `event.data.userId == async.data.userId`. */
  readonly if?: string;
  /** How long to wait. */
  readonly timeout: Duration;
  /** How much further back an event may have come. Default: none. */
  readonly lookback?: Duration;
}

export interface WaitForSignal {
  /** Its name: one run at a time waits for it. */
  readonly signal: string;
  /** How long to wait. */
  readonly timeout: Duration;
  /** Where another run waits for it already: this wait fails (the default), or takes the other's place, which then gets null. */
  readonly onConflict?: "fail" | "replace";
}

export interface ReceivedSignal<Data = unknown> {
  readonly signal: string;
  readonly data: Data;
}

export interface InvokeOptions {
  /** How long to wait for the child. Default: without end. A child that is not over by then is cancelled, unless it is detached. */
  readonly timeout?: Duration;
  /** The child goes on when its parent is cancelled or fails. Default: it is cancelled with it. */
  readonly detached?: boolean;
}

/** The data that a child takes; may be left out where it takes none. */
export type InvokedWith<Input> = undefined extends Input ? { readonly data?: NoInfer<Input> } : { readonly data: NoInfer<Input> };

export interface Iteration<Cursor> {
  /** The first cursor. */
  readonly from: Cursor;
  /** Handles a slice, and says where the next begins. It runs at least once for each cursor. */
  readonly next: (cursor: Json<Cursor>, context: StepContext) => Slice<NoInfer<Cursor>> | Promise<Slice<NoInfer<Cursor>>>;
  /** Records the cursor after so many milliseconds, and not after every slice. */
  readonly everyMs?: number;
  /** Records the cursor after so many calls of `next`. */
  readonly everyItems?: number;
}

export interface Slice<Cursor> {
  /** JSON, at most 64 KiB. */
  readonly cursor: Cursor;
  readonly done: boolean;
}

/** A branch of a race or a task of `all`: its steps are those that it asks of the tools that it is given. */
export type Branch<Events extends object = AnyEvents, Sent extends object = Events> = (step: StepTools<Events, Sent>) => unknown;

export type RaceResult<Branches extends Readonly<Record<string, (step: never) => unknown>>> = {
  readonly [Name in keyof Branches & string]: { readonly winner: Name; readonly value: Awaited<ReturnType<Branches[Name]>> };
}[keyof Branches & string];

export type AllResults<Tasks extends readonly ((step: never) => unknown)[]> = {
  -readonly [Index in keyof Tasks]: Awaited<ReturnType<Tasks[Index]>>;
};

export interface StepTools<Events extends object = AnyEvents, Sent extends object = Events> {
  /**
   * Runs `body` once and records its result; afterwards the result is answered from the record. Ids may repeat: the n-th use of an id in a run is
   * step n of that id. A body that throws is tried again; after its last attempt a `StepError` is thrown here.
   * @throws StepError
   */
  run<T>(step: string | RunOptions, body: (context: StepContext) => T | Promise<T>): Promise<Json<Awaited<T>>>;
  /** Goes on after `duration`. Survives every restart; costs nothing meanwhile. */
  sleep(id: string, duration: Duration): Promise<void>;
  /** Goes on at `time` (a Date, an ISO 8601 text, or milliseconds since 1970). */
  sleepUntil(id: string, time: Date | string | number): Promise<void>;
  /**
   * Waits for an event, of any key and partition. One that came since the step before this one began counts, too. Null: none came in time.
   * @throws ConfigurationError `INVALID_EXPRESSION`
   */
  waitForEvent<const Name extends AwaitedName<Events>>(id: string, wait: WaitForEvent<Name>): Promise<ViewOf<Events, Name> | null>;
  /**
   * Waits for `app.signal`, which goes to one run alone. Null: none came in time, or another run took this one's place.
   * @throws StepError whose `originalName` is `SignalConflictError`: another run waits for it already
   */
  waitForSignal<Data = unknown>(id: string, wait: WaitForSignal): Promise<ReceivedSignal<Data> | null>;
  /**
   * Sends events exactly once, however often the run is resumed. At most 1,000, of 1 MiB in all.
   * @throws NonRetriableError, ConfigurationError `INVALID_EVENT`
   */
  sendEvent(id: string, events: EventToSend<Sent> | readonly EventToSend<Sent>[]): Promise<{ readonly ids: readonly string[] }>;
  /**
   * Runs another function of this app, which gets an event named `millrace/function.invoked` with `data`, and returns what it returns.
   * @throws StepError with the name and message of what the child failed with
   */
  invoke<Input, Output>(
    id: string,
    options: InvokeOptions & { readonly function: MillraceFunction<Input, Output> } & InvokedWith<Input>,
  ): Promise<Output>;
  invoke(id: string, options: InvokeOptions & { readonly function: string; readonly data?: unknown }): Promise<unknown>;
  /**
   * Works through something long in slices, and records the cursor between them: a deploy or a crash costs no more than what was not recorded,
   * and what is recorded is not an attempt. Returns the last cursor.
   * @throws StepError
   */
  iterate<Cursor>(step: string | StepOptions, iteration: Iteration<Cursor>): Promise<Json<Cursor>>;
  /** The first branch that returns or throws wins; the others' steps are cancelled. Give each branch ids of its own. */
  race<const Branches extends Readonly<Record<string, Branch<Events, Sent>>>>(branches: Branches): Promise<RaceResult<Branches>>;
  /** All tasks, at most `concurrency` of them at a time. Their results, in order. The first that throws cancels the others' steps. */
  all<const Tasks extends readonly Branch<Events, Sent>[]>(
    tasks: Tasks,
    options?: { readonly concurrency?: number },
  ): Promise<AllResults<Tasks>>;
}
