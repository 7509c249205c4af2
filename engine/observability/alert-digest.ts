// Alerts of one kind are told together: a thousand runs that fail in a minute are two messages with counts, not a thousand.
import type { Clock } from "../core/clock.ts";
import type { Alert } from "./alert.ts";

export interface DigestedAlert {
  readonly code: string;
  /** Of the first. */
  readonly message: string;
  readonly count: number;
  /** Milliseconds since 1970, of the first and the last. */
  readonly since: number;
  readonly until: number;
  readonly functionId: string | null;
  readonly consumer: string | null;
  /** Of those, the first few. */
  readonly partitions: readonly number[];
  readonly runs: readonly string[];
  /** Names of errors, the first few. */
  readonly errors: readonly string[];
  /** Messages of errors, which may hold data. */
  readonly errorMessages: readonly string[];
}

export interface AlertDigestOptions {
  readonly clock: Clock;
  readonly tell: (alert: DigestedAlert) => void;
  /** The first of a kind waits so long for others. */
  readonly gatherMs?: number;
  /** Then the kind is told again only after so long. */
  readonly quietMs?: number;
}

interface Gathering {
  alerts: Mutable | null;
  isWaiting: boolean;
}

type Mutable = { -readonly [Key in keyof DigestedAlert]: DigestedAlert[Key] extends readonly (infer Item)[] ? Item[] : DigestedAlert[Key] };

const MAX_EXAMPLES = 5;
/** More kinds than this at once are told as one. */
const MAX_KINDS = 200;
const MAX_MESSAGE = 500;

export class AlertDigest {
  readonly #options: Required<AlertDigestOptions>;
  readonly #kinds = new Map<string, Gathering>();

  constructor({ gatherMs = 1_000, quietMs = 60_000, ...options }: AlertDigestOptions) {
    this.#options = { ...options, gatherMs, quietMs };
  }

  /** `times`: it stands for so many of its kind. */
  add(alert: Alert, times = 1): void {
    const { clock, gatherMs } = this.#options;
    const kind = this.#kindOf(alert);
    const known = this.#kinds.get(kind);
    const gathering = known ?? { alerts: null, isWaiting: false };
    if (known === undefined) this.#kinds.set(kind, gathering);
    gathering.alerts = merged(gathering.alerts, alert, { times, now: clock.wallMs() });
    if (gathering.isWaiting) return;
    gathering.isWaiting = true;
    clock.setTimer(gatherMs, () => this.#tell(kind, gathering));
  }

  /** What was gathered is told now. */
  flush(): void {
    for (const gathering of this.#kinds.values()) {
      if (gathering.alerts !== null) this.#options.tell(gathering.alerts);
      gathering.alerts = null;
    }
  }

  #tell(kind: string, gathering: Gathering): void {
    const { clock, quietMs, tell } = this.#options;
    const { alerts } = gathering;
    gathering.alerts = null;
    if (alerts === null) {
      this.#kinds.delete(kind);
      return;
    }
    tell(alerts);
    clock.setTimer(quietMs, () => this.#tell(kind, gathering));
  }

  #kindOf({ code, functionId = "", consumer = "" }: Alert): string {
    const kind = `${code} ${functionId} ${consumer}`;
    return this.#kinds.has(kind) || this.#kinds.size < MAX_KINDS ? kind : code;
  }
}

function merged(
  before: Mutable | null,
  { code, message, partition, runId, functionId, consumer, error }: Alert,
  { times, now }: { readonly times: number; readonly now: number },
): Mutable {
  const into: Mutable = before ?? {
    code,
    message: message.slice(0, MAX_MESSAGE),
    count: 0,
    since: now,
    until: now,
    functionId: functionId ?? null,
    consumer: consumer ?? null,
    partitions: [],
    runs: [],
    errors: [],
    errorMessages: [],
  };
  into.count += times;
  into.until = now;
  example(into.partitions, partition);
  example(into.runs, runId);
  example(into.errors, error?.name);
  example(into.errorMessages, error?.message.slice(0, MAX_MESSAGE));
  return into;
}

function example<Item>(examples: Item[], item: Item | undefined): void {
  if (item !== undefined && examples.length < MAX_EXAMPLES && !examples.includes(item)) examples.push(item);
}
