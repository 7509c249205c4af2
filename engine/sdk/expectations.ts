// What an app expects of its functions: that a run follows each event that triggers one, within a time. Checked now and then against the log,
// by the one worker that owns partition 0.
import type { Logger as PinoLogger } from "pino";
import type { Clock } from "../core/clock.ts";
import { ConfigurationError } from "../core/configuration-error.ts";
import { durationMs, type Duration } from "../core/duration.ts";
import type { Sealing } from "../core/sealing.ts";
import { shown } from "../core/shown.ts";
import type { Log } from "../log/log.ts";
import { alarm, type AlertHook } from "../observability/alert.ts";
import { reconcileInParts, type Lacking } from "../replay/reconcile/reconcile.ts";
import { startMissed } from "../replay/reconcile/start-missed.ts";
import type { AppTopics } from "../task/app-topics.ts";
import type { EventReader } from "../task/event-reader.ts";
import { originOf } from "../workflow/event/origin.ts";
import { eventTriggers } from "../workflow/backfill/seams.ts";
import type { FunctionSpec, SourceSpec } from "../workflow/trigger/manifest.ts";

export interface Expectation {
  /** Id of a function that events trigger. */
  readonly function: string;
  /** How long after an event was taken by the log a run of it is to have begun, such as "10 minutes": a minute at least. */
  readonly within: Duration;
  /** Whether runs that are missing are started. Default: they are told of. */
  readonly start?: boolean;
}

export interface ExpectationsOptions {
  readonly topics: AppTopics;
  readonly clock: Clock;
  /** Milliseconds since 1970 by the log's clock, which events are stamped by: this machine's may be wrong. */
  readonly now: () => number;
  readonly logger: PinoLogger;
  readonly onAlert?: AlertHook;
  readonly maxEventBytes: number;
  readonly reader: () => EventReader;
  /** Opens data of subjects; null: nothing is sealed. */
  readonly sealing: Sealing | null;
  /** Whether this worker owns the partition whose owner checks. */
  readonly isChecker: () => boolean;
  readonly signal: AbortSignal;
}

interface Checked {
  readonly spec: FunctionSpec;
  readonly withinMs: number;
  readonly starts: boolean;
  /** Events up to then were looked at, milliseconds since 1970; null: none. */
  until: number | null;
}

const MINUTE_MS = 60_000;
const MAX_WITHIN_MS = 7 * 24 * 60 * MINUTE_MS;
/** Who begins to check looks so far back: what was told before may be told again. */
const LOOK_BACK_MS = 24 * 60 * MINUTE_MS;
/** Of a check, so many are told one by one. */
const MAX_TOLD = 20;

export class Expectations {
  readonly #options: ExpectationsOptions;
  readonly #checked = new Map<string, Checked>();
  #forget: () => void = () => {};
  #isChecking = false;

  constructor(options: ExpectationsOptions) {
    this.#options = options;
  }

  /** @throws ConfigurationError `INVALID_EXPECTATION`, `UNKNOWN_FUNCTION`, `INVALID_DURATION` */
  add({ function: id, within, start = false, ...others }: Expectation, specs: ReadonlyMap<string, FunctionSpec>): void {
    for (const name of Object.keys(others)) throw invalid(`an expectation has function, within and start, and no ${shown(name)}`);
    const spec = specs.get(id);
    if (spec === undefined) {
      throw new ConfigurationError(
        "UNKNOWN_FUNCTION",
        `expect: there is no function ${shown(id)}. Declare it first; the app has ${[...specs.keys()].join(", ") || "none"}`,
      );
    }
    if (eventTriggers(spec) === "[]") throw invalid(`no event triggers function ${shown(id)}, so no run can follow one`);
    if (this.#checked.has(id)) throw invalid(`function ${shown(id)} has an expectation already`);
    const withinMs = durationMs(within);
    if (withinMs < MINUTE_MS || withinMs > MAX_WITHIN_MS) throw invalid(`within is one minute to seven days, not ${shown(within)}`);
    this.#checked.set(id, { spec, withinMs, starts: start, until: null });
  }

  begin(log: Log, partitions: number, sources: readonly SourceSpec[]): void {
    if (this.#checked.size === 0) return;
    const every = Math.min(...[...this.#checked.values()].map(({ withinMs }) => Math.min(withinMs, 60 * MINUTE_MS)));
    this.#forget = this.#options.clock.every(every, () => void this.#checkAll(log, partitions, sources));
  }

  stop(): void {
    this.#forget();
  }

  async #checkAll(log: Log, partitions: number, sources: readonly SourceSpec[]): Promise<void> {
    const { isChecker, signal, logger } = this.#options;
    if (this.#isChecking || signal.aborted) return;
    if (!isChecker()) {
      // Whoever is, looks at these.
      for (const checked of this.#checked.values()) checked.until = null;
      return;
    }
    this.#isChecking = true;
    try {
      for (const checked of this.#checked.values()) await this.#check(checked, log, partitions, sources);
    } catch (error) {
      if (!signal.aborted) {
        logger.warn({ code: "EXPECTATIONS_UNCHECKED", err: error }, "what the app expects could not be checked; it is tried again");
      }
    } finally {
      this.#isChecking = false;
    }
  }

  async #check(checked: Checked, log: Log, partitions: number, sources: readonly SourceSpec[]): Promise<void> {
    const { topics, now, reader, sealing, maxEventBytes, signal, logger } = this.#options;
    const { spec, withinMs, starts } = checked;
    const until = now() - withinMs;
    const since = checked.until ?? until - LOOK_BACK_MS;
    const reading = { reader: reader(), maxEventBytes };
    const app = { log, topics, partitions, reading, signal };
    let told = 0;
    for await (const part of reconcileInParts({ ...app, spec, sources, sealing, since, until })) {
      const { lacking, events } = part;
      logger.debug({ functionId: spec.id, events, lacking: lacking.length }, "expectation checked");
      for (const lack of lacking) if (told++ < MAX_TOLD) this.#tell(checked, lack);
      const missing = lacking.flatMap(({ lack, event }) => (lack === "missing" ? [event] : []));
      if (starts) await startMissed(app, spec.id, missing);
      // From here on it goes on where this fails.
      checked.until = part.until;
    }
    if (told > MAX_TOLD) this.#tellRest(checked, told - MAX_TOLD);
  }

  #tell({ spec, starts, withinMs }: Checked, { lack, event }: Lacking): void {
    const { logger, onAlert } = this.#options;
    const why = {
      missing: starts ? "none is there: it is started now" : "none is there. Start it with `millrace reconcile --start`",
      unread: "its partition has not read the event yet: it is behind, or stopped",
      waiting: "it came to the function, and waits to start: for a limit, a pause, or a worker with its code",
    }[lack];
    alarm(logger, onAlert, {
      code: "EXPECTATION_MISSED",
      message: `no run of ${spec.id} followed event ${event.id} (${event.name}, ${originOf(event)}) within ${withinMs / 1_000} s: ${why}`,
      functionId: spec.id,
    });
  }

  #tellRest({ spec }: Checked, more: number): void {
    const { logger, onAlert } = this.#options;
    const message = `and ${more} more events that no run of ${spec.id} followed in time. \`millrace reconcile\` lists them`;
    alarm(logger, onAlert, { code: "EXPECTATION_MISSED", message, functionId: spec.id });
  }
}

function invalid(problem: string): ConfigurationError {
  return new ConfigurationError("INVALID_EXPECTATION", `expect: ${problem}`);
}
