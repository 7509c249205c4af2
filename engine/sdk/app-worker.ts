// The worker of an app's functions, and of each of its consumers, made of what the app is given.
import { createHash } from "node:crypto";
import { hostname } from "node:os";
import type { Logger as PinoLogger } from "pino";
import type { CheckedOptions, LogOptions } from "../config/options.ts";
import { systemClock } from "../core/clock.ts";
import type { RegisteredFunction } from "../execution/function.ts";
import { InProcessInvoker } from "../execution/in-process/in-process-invoker.ts";
import type { BodyOf } from "../execution/outgoing-event.ts";
import type { EventReader } from "../task/event-reader.ts";
import type { AlertHook } from "../observability/alert.ts";
import { groupOf } from "../task/app-topics.ts";
import { Lane } from "../task/lane.ts";
import { countConsumerFromZero, countFunctionsFromZero } from "../observability/zeros.ts";
import type { ConsumerSpec } from "../workflow/consumer/spec.ts";
import { Worker } from "../worker/worker.ts";
import type { WorkerWish } from "./app-consumers.ts";
import type { AppObservability } from "./app-observability.ts";
import type { Internals } from "./app-options.ts";
import type { AppSchemas } from "./app-schemas.ts";
import type { AppSubjects } from "./app-subjects.ts";
import { sealedConsumer } from "./sealed-consumer.ts";
import { waitProblems } from "./check-fields.ts";
import { tracedConsumer } from "./traced-consumer.ts";

export interface AppWorkerOptions {
  readonly app: string;
  readonly options: CheckedOptions & { readonly log: LogOptions };
  readonly internals: Internals;
  readonly logger: PinoLogger;
  readonly onAlert: AlertHook | undefined;
  readonly functions: ReadonlyMap<string, RegisteredFunction>;
  readonly schemas: AppSchemas;
  readonly subjects: AppSubjects | null;
  /** How events are written, and read. */
  readonly encode: BodyOf;
  readonly reader: EventReader;
  readonly observability: AppObservability;
}

/** A run ends its process, whichever app it is of. */
const laneOfThisProcess = new Lane();

export function makeWorker(of: AppWorkerOptions, { log, partitions, topics, content, consumer }: WorkerWish): Worker {
  const { app, options, internals, logger, onAlert, functions, schemas, subjects, observability } = of;
  const { maxEventBytes, maxActiveRuns, maxQueuedRuns, skipMissing, retention, activationTimeoutMs, stopGraceMs, standbys } = options;
  const { clock = systemClock, onFrame, random, divergenceGraceMs } = internals;
  const { tracing, recentLogs, executing } = observability;
  const name = consumer === undefined ? undefined : toldAs(consumer.spec);
  const meters = observability.metersOf(name);
  if (consumer === undefined) countFunctionsFromZero(meters, functions.keys());
  else countConsumerFromZero(meters);
  const worker = new Worker({
    log,
    clock,
    logger: consumer === undefined ? logger : logger.child({ consumer: consumer.spec.id }),
    meters,
    topics,
    group: groupOf(topics),
    partitions,
    manifest: { content, hash: createHash("sha256").update(content).digest("hex"), worker: `${hostname()}-${process.pid}` },
    invoker: (host) =>
      new InProcessInvoker(
        {
          functions,
          logger,
          meters,
          tracing,
          recentLogs,
          executing,
          app,
          maxEventBytes,
          bodyOf: of.encode,
          ...(subjects === null ? {} : { sealing: subjects }),
          problemOfWait: waitProblems((event) => schemas.declared.avroOf(event)),
          ...(random === undefined ? {} : { random }),
          ...(divergenceGraceMs === undefined ? {} : { divergenceGraceMs }),
        },
        host,
      ),
    ...(consumer === undefined
      ? {}
      : { consumer: tracedConsumer(subjects === null ? consumer : sealedConsumer(consumer, subjects), tracing) }),
    // A consumer's journal is small, and its handlings are read back from it.
    ...(consumer !== undefined || retention.journal === undefined ? {} : { journalRetentionMs: retention.journal }),
    limits: { maxEventBytes, maxActiveRuns, maxQueuedRuns },
    skipMissing,
    reader: of.reader,
    ...(subjects === null ? {} : { sealing: subjects }),
    activationTimeoutMs,
    handOverMs: stopGraceMs,
    // Who has a clock of their own plays a process of their own.
    lane: internals.clock === undefined ? laneOfThisProcess : new Lane(),
    ...(onAlert === undefined ? {} : { onAlert: name === undefined ? onAlert : (alert) => onAlert({ ...alert, consumer: name }) }),
    ...observability.watched,
    standbys,
    isAlone: options.log.kind === "embedded",
    ...(onFrame === undefined ? {} : { onFrame }),
  });
  return observability.watch(worker, name);
}

/** Versions of a consumer have partitions of their own each, and may run side by side. */
function toldAs({ id, version }: ConsumerSpec): string {
  return version === 1 ? id : `${id}@${version}`;
}
