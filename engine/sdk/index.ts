// The package's face: everything a user imports.
export { Millrace } from "./millrace.ts";
export type { MillraceOptions } from "./app-options.ts";
export type { Consumer } from "./consumer.ts";
export { ConsumerError, type ConsumerErrorCode } from "./consumer-error.ts";
export type { ConsumedEvent, ConsumerContext, ConsumerOptions, ConsumerSourceStatus, ConsumerStatus, Reducer } from "./consumer-types.ts";
export { avro, type AvroEvent, type EventDeclarations } from "../sources/declared.ts";
export { cloudEvents } from "../sources/cloud-events.ts";
export {
  debezium,
  type DebeziumEvents,
  type DebeziumMapping,
  type DebeziumOptions,
  type DebeziumSource,
  type DebeziumTransaction,
} from "../sources/debezium.ts";
export type { EventOf, MappedEvent, SourceMapping } from "../sources/mapping.ts";
export type { SourceRecord } from "../sources/source-record.ts";
export type { ForeignTopic } from "./app-sources.ts";
export type { CancelOn, FunctionOptions, RunTimeouts } from "./create-function.ts";
export type {
  BatchEvents,
  CircuitBreaker,
  ConcurrencyLimit,
  Debounce,
  Fairness,
  FlowOptions,
  FlowOverride,
  Priority,
  RateLimit,
  Singleton,
  Throttle,
} from "./flow-options.ts";
export type { CronEvent, CronTrigger, EventTrigger, InvokedEvent, Trigger } from "./event-types.ts";
export type { AnyEvents, EngineEvents, EventToSend, EventView, FunctionCancelledData, FunctionFailedData } from "../execution/event-map.ts";
export type { FunctionContext, MillraceFunction } from "../execution/function.ts";
export type {
  InvokeOptions,
  Iteration,
  ReceivedSignal,
  Slice,
  StepContext,
  StepOptions,
  StepTools,
  WaitForEvent,
  WaitForSignal,
} from "../execution/step-tools.ts";
export type { Json } from "../execution/json.ts";
export { AbortedError, NonRetriableError, RetryAfterError, StepError, TimeoutError } from "../execution/user-errors.ts";
export { ConfigurationError, type ConfigurationErrorCode } from "../core/configuration-error.ts";
export { InvariantError, MillraceError } from "../core/errors.ts";
export type { Alert, AlertHook } from "../observability/alert.ts";
export { JournalError, type JournalErrorCode } from "../journal/errors.ts";
export { aesGcmCodec, type AesGcmOptions } from "../log/encrypted/aes-gcm-codec.ts";
export type { Codec } from "../log/encrypted/codec.ts";
export { LogError, type LogErrorCode } from "../log/errors.ts";
export { SchemaError, type SchemaErrorCode } from "../schemas/schema-error.ts";
export { SourceError, type SourceErrorCode } from "../task/source-error.ts";
export { TopicError, type TopicErrorCode } from "../worker/topic-setup.ts";
export { WorkerError, type WorkerErrorCode } from "../worker/errors.ts";
export type { EventSinkDeclaration, JournalSinkDeclaration, SinkDeclaration } from "./app-sinks.ts";
export type { EventBatch, EventSink, UnreadableRecord } from "./event-sink.ts";
export type { FeedReport, SinkBegin } from "../worker/sink/partition-feed.ts";
export type { LastRecord, Sink, SinkBatch, SinkPosition, SinkPositions, SinkWritten } from "../worker/sink/sink.ts";
export type { StoredRecord } from "../log/log.ts";
export type { Expectation } from "./expectations.ts";
export type { Backfill } from "./backfill.ts";
export type { BackfillOptions } from "../task/backfill/command.ts";
export type { BackfillProgress, PartitionProgress } from "../task/backfill/progress.ts";
export type { BackfillRangeState, BackfillState, BackfillStatus } from "../workflow/backfill/state.ts";
export type { PartitionReport } from "../worker/holdings.ts";
export type { WaitingAt, WaitingPlace } from "../workflow/flow/lines/waiting-at.ts";
export { DeliveryError, type Delivery, type SendResult, type SentRecord } from "./sending/delivery.ts";
export type { TestApp, TestingOptions } from "./testing.ts";
export type { TestRun, TestStep, TestStepStatus } from "./test-run.ts";
export type { Duration } from "../core/duration.ts";
