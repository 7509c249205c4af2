// What acknowledged decisions add to what is measured: each counts once, wherever its run goes on later.
import type { RunId } from "../core/ids.ts";
import type { Meters } from "../observability/meters.ts";
import type { JournalRecord } from "../workflow/records.ts";
import type { FunctionNames } from "./function-names.ts";

/** Of a run that nobody knows any more. */
const UNKNOWN = "unknown";

export class RecordMeters {
  readonly #meters: Meters;
  readonly #names: FunctionNames;
  /** Milliseconds since 1970 by the log's clock. */
  readonly #now: () => number;

  constructor(meters: Meters, names: FunctionNames, now: () => number) {
    this.#meters = meters;
    this.#names = names;
    this.#now = now;
  }

  acknowledged(record: JournalRecord): void {
    const meters = this.#meters;
    meters.records.of(record.type).add();
    switch (record.type) {
      case "RunsStarted":
        for (const { functionId } of record.runs) meters.function(functionId).started.add();
        return;
      case "RunCompleted":
        return this.#ended(record.run, "completed");
      case "RunFailed":
        return this.#ended(record.run, "failed");
      case "RunCancelled":
        return this.#ended(record.run, "cancelled");
      case "RunQuarantined":
        return meters.runsQuarantined.of(this.#functionOf(record.run)).add();
      case "RunParked":
        return meters.runsParked.of(this.#functionOf(record.run)).add();
      case "StepFailed":
        if (record.retryAt === null) meters.stepsFailed.of(this.#functionOf(record.run)).add();
        return;
      case "InputRejected":
        return meters.deadLetters.of(record.code).add();
      default:
    }
  }

  #ended(run: RunId, status: string): void {
    const found = this.#names.find(run);
    this.#meters.runsEnded.of(found?.functionId ?? UNKNOWN, status).add();
    if (found !== undefined) this.#meters.runSeconds.of(found.functionId).observe(Math.max(this.#now() - found.startedAt, 0) / 1_000);
  }

  #functionOf(run: RunId): string {
    return this.#names.of(run) ?? UNKNOWN;
  }
}
