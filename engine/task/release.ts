// What an acknowledged record sets off. Only from here does the outside see anything (DESIGN §4).
import { unreachable } from "../core/errors.ts";
import { toldError } from "../core/sealing.ts";
import type { RunId, StepKey } from "../core/ids.ts";
import type { Logger } from "../observability/logger.ts";
import { MAX_BINDINGS } from "../workflow/expression/match.ts";
import type { CellsForgotten, CellSet, EmissionOwed, Failure, JournalRecord, MessageSent, RunsStarted } from "../workflow/records.ts";
import type { StepState } from "../workflow/state.ts";
import { TOO_LARGE } from "../workflow/wait/cancel-on.ts";

export interface ReleaseTo {
  /** What is counted of all records. */
  measure(record: JournalRecord): void;
  startRuns(record: RunsStarted): void;
  settle(run: RunId, step: StepKey, outcome: StepState): void;
  end(run: RunId, reason: string): void;
  pay(emission: EmissionOwed): void;
  post(message: MessageSent): void;
  resume(run: RunId): void;
  /** So many more, or fewer, of its steps may execute. */
  slots(run: RunId, by: number): void;
  /** The code of these runs is to be called. */
  resumed(runs: readonly RunId[]): void;
  /** The code of these runs does nothing. */
  rested(runs: readonly RunId[]): void;
  /** One line in the log, and whoever wants to hear of it does. */
  alert(alert: { readonly code: string; readonly message: string; readonly runId: RunId }): void;
  /** Whoever wants to hear of each run that failed does. */
  failed(run: RunId, error: Failure): void;
  activated(version: number): void;
  shapeActivated(event: string, path: string): void;
  /** What people may want to know of. */
  flowChanged(record: CellSet | CellsForgotten): void;
  /** For people. */
  functionOf(run: RunId): string | undefined;
  logger(): Logger;
}

/** Outcomes on their way to a handler are numbered by the journal already. */
const order = 0;

export function release(record: JournalRecord, to: ReleaseTo): void {
  to.measure(record);
  switch (record.type) {
    case "StepCompleted":
      return to.settle(record.run, record.step, { status: "completed", output: record.output, order });
    case "RunsStarted":
      for (const { id, functionId, cancels } of record.runs) if (cancels.includes(TOO_LARGE)) tellNotWatched(id, functionId, to);
      return to.startRuns(record);
    case "RunCompleted":
      to.logger().debug({ runId: record.run }, "run completed");
      return to.end(record.run, "the run completed");
    case "StepFailed":
      return releaseFailedStep(record, to);
    case "SleepStarted":
      return to.settle(record.run, record.step, { status: "sleeping", wakeAt: record.wakeAt });
    case "SleepEnded":
      return to.settle(record.run, record.step, { status: "slept", order });
    case "WaitStarted":
      return to.settle(record.run, record.step, { ...record, status: "waiting" });
    case "WaitResolved":
      return to.settle(record.run, record.step, { status: "resolved", event: record.event, interest: 0, since: 0, order });
    case "ChildInvoked":
      return to.settle(record.run, record.step, { ...record, status: "invoking", began: 0 });
    case "IterationAdvanced":
      return to.settle(record.run, record.step, { status: "iterating", cursor: record.cursor, began: record.began });
    case "MessageSent":
      return to.post(record);
    case "RunCancelled":
      to.logger().info({ runId: record.run, function: to.functionOf(record.run), reason: record.reason }, "run cancelled");
      return to.end(record.run, `the run was cancelled: ${record.reason}`);
    case "RunQuarantined":
      to.alert({
        code: "RUN_QUARANTINED",
        runId: record.run,
        message: `run quarantined: ${record.reason}. Mend its function, then let it go on with \`millrace release\``,
      });
      return to.end(record.run, "the run is quarantined");
    case "RunsResumed":
      return to.resumed(record.runs);
    case "LaneEntered":
      to.logger().warn(
        { code: "RUN_ALONE", runId: record.run },
        "owners ended without a word while this run may have been executing: it is called alone now, to see whether it is its doing",
      );
      return to.resumed([record.run]);
    case "RunsRested":
      return to.rested(record.runs);
    case "RunReleased":
      to.logger().info({ runId: record.run }, "run released");
      return to.resume(record.run);
    case "RunAttemptFailed":
      to.logger().warn(
        {
          runId: record.run,
          function: to.functionOf(record.run),
          attempt: record.attempt,
          error: toldError(record.error),
          retryAt: record.retryAt,
        },
        "function threw; it will be called again",
      );
      return;
    case "RunFailed":
      to.logger().error(
        { code: "RUN_FAILED", runId: record.run, function: to.functionOf(record.run), error: toldError(record.error) },
        "run failed",
      );
      to.failed(record.run, record.error);
      return to.end(record.run, "the run failed");
    case "RunParked":
      to.logger().error(
        { code: "RUN_PARKED", runId: record.run, function: to.functionOf(record.run), difference: record.difference },
        "run parked: the code asks for other steps than those recorded; start code that agrees with the record and it goes on",
      );
      return;
    case "RunUnparked":
      to.logger().info({ runId: record.run }, "run goes on: the code agrees with the record again");
      return;
    case "EmissionOwed":
      return to.pay(record);
    case "ManifestActivated":
      return to.activated(record.version);
    case "ShapeActivated":
      return to.shapeActivated(record.event, record.path);
    case "SourcePositionSet":
      to.logger().warn(
        { topic: record.topic, partition: record.partition, from: record.from, to: record.to },
        "source goes on past missing history, as asked",
      );
      return;
    case "SlotsGiven":
      return to.slots(record.run, record.count);
    case "SlotsReturned":
      // What a run gave back itself it counts no more.
      return record.passedOn ? to.slots(record.run, -record.count) : undefined;
    case "RunUnqueued":
      if (record.reason !== null) to.logger().info({ runId: record.run, reason: record.reason }, "run cancelled before it began");
      return;
    case "RunSkipped":
      to.logger().debug({ function: record.functionId, gate: record.gate, reason: record.reason, event: record.eventId }, "event skipped");
      return;
    case "CellSet":
    case "CellsForgotten":
      return to.flowChanged(record);
    // Their readers hear of them by the state.
    case "RerunStarted":
    case "StepAdopted":
    case "BackfillStarted":
    case "BackfillLocated":
    case "BackfillAdvanced":
    case "BackfillChanged":
    case "BackfillEnded":
    case "DigestTold":
    case "ConsumerSteered":
    case "ConsumerTold":
    case "EventConsumed":
    case "HandlingFailed":
    case "HandlingsTried":
    case "HandlingEnded":
    case "RunQueued":
    case "EventHeld":
    case "HeldWentOn":
    case "EventSpread":
    case "SpreadAdvanced":
    case "SlotsAsked":
    case "PermitsHeld":
    case "PermitsLeased":
    case "StepsCancelled":
    case "LaneLeft":
    case "MessagesConfirmed":
    case "MessagesReceived":
    case "WaitRegistered":
    case "WaitClosed":
    case "EventKept":
    case "OfferAdvanced":
    case "EventTaken":
    case "WatermarkRaised":
    case "ScanAsked":
    case "ScanWanted":
    case "ScanAnswered":
    case "CronScheduled":
    case "EmissionsConfirmed":
    case "InputRejected":
    case "OwnerReleasing":
    case "OwnerReleased":
      return;
    default:
      return unreachable(record);
  }
}

function tellNotWatched(runId: RunId, functionId: string, to: ReleaseTo): void {
  to.logger().warn(
    { code: "CONDITION_TOO_LARGE", runId, function: functionId },
    `a run is not watched for an event that cancels it: the condition in cancelOn refers to more than ${MAX_BINDINGS} characters of the event that began it. Compare with less of it`,
  );
}

function releaseFailedStep(record: Extract<JournalRecord, { type: "StepFailed" }>, to: ReleaseTo): void {
  const { run, step, attempt, error, retryAt } = record;
  const told = toldError(error);
  if (retryAt === null) {
    to.logger().warn({ runId: run, function: to.functionOf(run), step, attempt, error: told }, "step failed; no attempt is left");
    return to.settle(run, step, { status: "failed", attempt, error, order });
  }
  to.logger().info(
    { runId: run, function: to.functionOf(run), step, attempt, error: { name: told.name, message: told.message }, retryAt },
    "step failed; it will be tried again",
  );
  return to.settle(run, step, { status: "retrying", attempt, error, retryAt, began: record.began });
}
