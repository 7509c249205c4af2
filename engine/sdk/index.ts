// The package's face: everything a user imports.
export { Millrace, type MillraceOptions } from "./millrace.ts";
export type { FunctionOptions, MillraceFunction } from "./create-function.ts";
export type {
  AnyEvents,
  CronEvent,
  CronTrigger,
  EngineEvents,
  EventToSend,
  EventTrigger,
  FunctionFailedData,
  Trigger,
} from "./event-types.ts";
export type { EventView, FunctionContext, StepContext, StepOptions, StepTools } from "../execution/function.ts";
export type { Json } from "../execution/json.ts";
export { AbortedError, NonRetriableError, RetryAfterError, StepError, TimeoutError } from "../execution/user-errors.ts";
export { ConfigurationError, type ConfigurationErrorCode } from "../core/configuration-error.ts";
export { InvariantError, MillraceError } from "../core/errors.ts";
export { JournalError, type JournalErrorCode } from "../journal/errors.ts";
export { LogError, type LogErrorCode } from "../log/errors.ts";
export { SourceError, type SourceErrorCode } from "../task/source-error.ts";
export { TopicError, type TopicErrorCode } from "../worker/topic-setup.ts";
export { WorkerError, type WorkerErrorCode } from "../worker/errors.ts";
export type { PartitionReport } from "../worker/holdings.ts";
export type { TestApp, TestingOptions, TestRun, TestStep } from "./testing.ts";
export type { Duration } from "../core/duration.ts";
