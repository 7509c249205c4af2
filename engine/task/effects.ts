// What acknowledged records set off, by the parts of a task that do it.
import { toldError } from "../core/sealing.ts";
import type { Invoker } from "../execution/invoker.ts";
import { isSettled } from "../workflow/step/complete.ts";
import type { Correspondence } from "./correspondence.ts";
import type { Emitter } from "./emitter.ts";
import type { FunctionNames } from "./function-names.ts";
import type { Queueing } from "./queueing.ts";
import { RecordMeters } from "./record-meters.ts";
import type { ReleaseTo } from "./release.ts";
import type { RunScheduler } from "./run-scheduler.ts";
import type { TaskOptions } from "./task-options.ts";

export interface EffectsOptions {
  readonly options: TaskOptions;
  readonly invoker: Invoker;
  readonly scheduler: RunScheduler;
  readonly emitter: Emitter;
  readonly correspondence: Correspondence;
  readonly queueing: Queueing;
  readonly functionNames: FunctionNames;
  /** Of the owner. */
  readonly claim: () => { readonly epoch: number; readonly nonce: number };
  readonly activated: (version: number) => void;
}

export function effectsOf(parts: EffectsOptions): ReleaseTo {
  const { options, invoker, scheduler, emitter, correspondence, queueing, functionNames, claim, activated } = parts;
  const meters = new RecordMeters(options.meters, functionNames, () => options.logClock.now());
  return {
    measure: (record) => meters.acknowledged(record),
    startRuns: (record) => {
      for (const { id } of record.runs) scheduler.start(id);
      queueing.started(record);
    },
    settle: (run, step, outcome) => {
      if (invoker.isLive(run)) invoker.settle(run, step, outcome);
      else if (isSettled(outcome)) scheduler.resume(run);
    },
    end: (run, reason) => invoker.end(run, reason),
    pay: (emission) => emitter.add(emission),
    post: (message) => correspondence.post(message, claim()),
    resume: (run) => scheduler.resume(run),
    slots: (run, by) => {
      if (invoker.isLive(run)) invoker.slots(run, by);
      else if (by > 0) scheduler.resume(run);
    },
    resumed: (runs) => scheduler.resumed(runs),
    rested: (runs) => runs.forEach((run) => scheduler.progressed(run)),
    alert: (alert) => options.alert({ ...alert, ...scheduler.placeOf(alert.runId) }),
    failed: (runId, error) => {
      const { name, message } = toldError(error);
      const place = { partition: options.partition, functionId: functionNames.of(runId) ?? "" };
      options.onRunFailed?.({ code: "RUN_FAILED", message: "run failed", runId, ...place, error: { name, message } });
    },
    shapeActivated: (event, path) => options.onShape?.({ event, path }),
    activated,
    functionOf: (run) => functionNames.of(run),
    flowChanged: (record) => queueing.changed(record),
    logger: () => options.logger,
  };
}
