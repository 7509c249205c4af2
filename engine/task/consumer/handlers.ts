// When a consumer's handler is called: once the event is in the journal, one call at a time for each key, in the order of its events, and so many
// keys at once. The next event of a key waits until it stands in the journal that the one before is over: whoever dies and comes back begins with
// the event that was being handled, never with one before it.
import type { Clock } from "../../core/clock.ts";
import { failureOf, timeoutFailure, wishOf } from "../../execution/failure.ts";
import { AbortedError } from "../../execution/user-errors.ts";
import type { OwedHandling } from "../../workflow/consumer/state.ts";
import { isDeadly, isSuspect } from "../../workflow/consumer/suspicion.ts";
import type { Input } from "../../workflow/decide.ts";
import { pop, push } from "../../workflow/flow/lines/heap.ts";
import type { HandlingsTried } from "../../workflow/records.ts";
import type { PartitionState } from "../../workflow/state.ts";
import type { Lane } from "../lane.ts";
import type { ConsumerCode } from "./consumer-code.ts";
import { SuspectHandlings } from "./suspect-handlings.ts";

export interface HandlersOptions {
  readonly code: ConsumerCode;
  readonly state: PartitionState;
  readonly clock: Clock;
  readonly lane: Lane;
  /** Milliseconds since 1970 by the log's clock. */
  readonly now: () => number;
  /** Whether handlers may be called at all. */
  readonly mayCall: () => boolean;
  /** Acts once it is sure that nobody else owns the partition (R4). */
  readonly whenProved: (act: () => void) => void;
  readonly submit: (input: Input) => void;
}

interface Retry {
  readonly at: number;
  readonly key: string;
}

const isSooner = (a: Retry, b: Retry): boolean => a.at < b.at;

export class Handlers {
  readonly #options: HandlersOptions;
  /** Numbers of what is acknowledged and not over, by key, the oldest in front. */
  readonly #lines = new Map<string, number[]>();
  /** Keys whose oldest may be called. */
  #ready: string[] = [];
  /** Keys whose oldest is a suspect that may be called, once it is its turn. */
  readonly #suspicious = new Set<string>();
  readonly #suspects: SuspectHandlings;
  /** Keys of suspects whose turn it is. */
  #tried: string[] = [];
  /** Of the one that is called alone. */
  #alone: string[] = [];
  readonly #forgetLoud: () => void;
  readonly #calls = new Map<number, AbortController>();
  readonly #retries: Retry[] = [];
  #forgetTimer: () => void = () => {};
  /** Over, and not yet said: those of one turn share a record. */
  #ended: number[] = [];
  #isLeaving = false;
  /** Says nothing more of calls that end. */
  #isSilent = false;
  #closed: string | null = null;
  #whenIdle: (() => void)[] = [];

  constructor(options: HandlersOptions) {
    this.#options = options;
    const keyOf = (number: number): string => options.state.consumer.owed.get(number)?.key ?? "";
    this.#suspects = new SuspectHandlings({
      ...options,
      mayCall: () => options.mayCall() && this.#room > 0,
      again: (number) => void this.#suspicious.add(keyOf(number)),
      call: (number, isAlone) => {
        (isAlone ? this.#alone : this.#tried).push(keyOf(number));
        this.look();
      },
    });
    this.#forgetLoud = options.lane.whenLoud(() => this.look());
  }

  /** How many are called now. */
  get executing(): number {
    return this.#calls.size;
  }

  /** The partition is claimed: what an earlier owner left goes on. */
  begin(): void {
    const owed = [...this.#options.state.consumer.owed.values()].toSorted((a, b) => a.number - b.number);
    for (const { number } of owed) this.add(number);
  }

  /** It stands in the journal that this is owed. In order of their numbers. */
  add(number: number): void {
    const owed = this.#options.state.consumer.owed.get(number);
    if (owed === undefined) return;
    const line = this.#lines.get(owed.key);
    if (line !== undefined) {
      line.push(number);
      return;
    }
    this.#lines.set(owed.key, [number]);
    this.#front(owed);
    this.look();
  }

  /** It stands in the journal that these are over. */
  ended(numbers: readonly number[], keyOf: (number: number) => string | undefined): void {
    for (const number of numbers) {
      this.#suspects.over(number);
      const key = keyOf(number);
      const line = key === undefined ? undefined : this.#lines.get(key);
      if (key === undefined || line?.[0] !== number) continue;
      line.shift();
      const [next] = line;
      const owed = next === undefined ? undefined : this.#options.state.consumer.owed.get(next);
      if (owed === undefined) this.#lines.delete(key);
      else this.#front(owed);
    }
    this.look();
  }

  /** It stands in the journal that this is to be called again. */
  failed(number: number): void {
    const owed = this.#options.state.consumer.owed.get(number);
    if (owed === undefined) return;
    this.#suspects.over(number);
    this.#front(owed);
    this.look();
  }

  /** It stands in the journal that it is the turn of these. */
  tried(record: HandlingsTried): void {
    this.#suspects.tried(record);
  }

  /** Calls as many as it may. */
  look(): void {
    this.#takeDue();
    if (this.#isLeaving || this.#closed !== null || !this.#options.mayCall()) return;
    if (this.#suspicious.size > 0 && this.#room > 0) this.#lineUp();
    const { concurrency } = this.#options.code;
    this.#alone = this.#callSome(this.#alone, concurrency);
    // While one is called alone in this process, the others wait.
    if (this.#options.lane.isQuiet) return;
    this.#tried = this.#callSome(this.#tried, concurrency);
    this.#ready = this.#callSome(this.#ready, concurrency - this.#suspects.begun);
  }

  /** For suspects whose turn comes. */
  get #room(): number {
    return this.#options.code.concurrency - this.#calls.size - this.#suspects.begun;
  }

  /** Returns those that there is no room for. */
  #callSome(keys: string[], atOnce: number): string[] {
    if (keys.length === 0) return keys;
    const { state, whenProved } = this.#options;
    let taken = 0;
    for (const key of keys) {
      if (this.#calls.size >= atOnce) break;
      taken += 1;
      const owed = this.#oldest(key, state);
      if (owed === undefined || this.#calls.has(owed.number)) continue;
      const abort = new AbortController();
      this.#calls.set(owed.number, abort);
      this.#suspects.called(owed.number);
      whenProved(() => void this.#call(owed, abort));
    }
    return taken === 0 ? keys : keys.slice(taken);
  }

  #lineUp(): void {
    const { state, submit, lane } = this.#options;
    const keys = [...this.#suspicious];
    this.#suspicious.clear();
    // They are there before the first of them has its turn, so that groups are groups.
    const letIn = lane.holdBack();
    for (const key of keys) {
      const owed = this.#oldest(key, state);
      if (owed === undefined) continue;
      if (isDeadly(owed)) submit({ type: "AbandonHandling", number: owed.number });
      else this.#suspects.add(owed);
    }
    letIn();
  }

  #oldest(key: string, { consumer }: PartitionState): OwedHandling | undefined {
    const number = this.#lines.get(key)?.[0];
    return number === undefined ? undefined : consumer.owed.get(number);
  }

  /** Begins nothing more; resolves when nothing executes, or the time is up. */
  async quiesce(graceMs: number): Promise<void> {
    this.#isLeaving = true;
    if (this.#calls.size > 0) await this.#idle(graceMs);
    this.#say();
    // The owner's last word comes next: what goes on is called again by its successor.
    this.#isSilent = true;
  }

  async #idle(graceMs: number): Promise<void> {
    const { clock } = this.#options;
    await new Promise<void>((resolve) => {
      const forget = clock.setTimer(graceMs, resolve);
      this.#whenIdle.push(() => {
        forget();
        resolve();
      });
    });
  }

  /** Nothing of it counts any more. */
  close(reason: string): void {
    this.#closed = reason;
    this.#forgetLoud();
    this.#suspects.close();
    this.#forgetTimer();
    for (const abort of this.#calls.values()) abort.abort(new AbortedError(reason));
    this.#calls.clear();
    this.#wakeIdle();
  }

  /** It is the oldest of its key: called now, or at its time. */
  #front(owed: OwedHandling): void {
    const { key, retryAt } = owed;
    if (retryAt === null || retryAt <= this.#options.now()) this.#due(key, owed);
    else {
      push(this.#retries, { at: retryAt, key }, isSooner);
      this.#arm();
    }
  }

  #due(key: string, owed: OwedHandling | undefined): void {
    if (owed !== undefined && isSuspect(owed)) this.#suspicious.add(key);
    else this.#ready.push(key);
  }

  #takeDue(): void {
    if (this.#retries.length === 0) return;
    const now = this.#options.now();
    for (let [first] = this.#retries; first !== undefined && first.at <= now; [first] = this.#retries) {
      pop(this.#retries, isSooner);
      this.#due(first.key, this.#oldest(first.key, this.#options.state));
    }
    this.#arm();
  }

  #arm(): void {
    const [first] = this.#retries;
    this.#forgetTimer();
    this.#forgetTimer = () => {};
    if (first === undefined || this.#closed !== null) return;
    this.#forgetTimer = this.#options.clock.setTimer(Math.max(first.at - this.#options.now(), 1), () => this.look());
  }

  async #call(owed: OwedHandling, abort: AbortController): Promise<void> {
    const { number, event, state, attempt } = owed;
    const { code, submit, now } = this.#options;
    if (this.#closed !== null) return;
    let failure: { readonly thrown: unknown } | null = null;
    try {
      const call = { event, state, attempt, idempotencyKey: idempotencyKeyOf(code.spec.id, owed), signal: abort.signal };
      const called = code.handle(call);
      // What returned at once needs no watch.
      await (isPromise(called) ? this.#inTime(abort, called) : Promise.resolve());
    } catch (thrown) {
      failure = { thrown };
      // It may have thrown at once: whoever called it is not done with its lines yet.
      await Promise.resolve();
    }
    if (!this.#calls.delete(number) || this.#isSilent) return;
    if (failure === null) this.#over(number);
    else {
      const { thrown } = failure;
      const { retries, random = Math.random } = code;
      const wish = wishOf(thrown, now());
      submit({ type: "FailHandling", number, attempt, error: failureOf(thrown), wish, retries, random: random() });
    }
    if (this.#calls.size === 0) this.#wakeIdle();
    this.look();
  }

  async #inTime(abort: AbortController, called: PromiseLike<unknown>): Promise<void> {
    const { code, clock } = this.#options;
    const late = Promise.withResolvers<never>();
    const forget = clock.setTimer(code.timeoutMs, () => {
      const error = timeoutFailure(`the handler of consumer ${code.spec.id}`, code.timeoutMs);
      late.reject(error);
      abort.abort(error);
    });
    try {
      await Promise.race([called, late.promise]);
    } finally {
      forget();
    }
  }

  #over(number: number): void {
    this.#ended.push(number);
    if (this.#ended.length === 1) setImmediate(() => this.#say());
  }

  #say(): void {
    if (this.#ended.length === 0 || this.#closed !== null) return;
    const numbers = this.#ended;
    this.#ended = [];
    this.#options.submit({ type: "EndHandlings", numbers });
  }

  #wakeIdle(): void {
    for (const waiter of this.#whenIdle.splice(0)) waiter();
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

function idempotencyKeyOf(consumer: string, { event }: OwedHandling): string {
  return `${consumer}/${event.topic}-${event.partition}-${event.offset}`;
}
