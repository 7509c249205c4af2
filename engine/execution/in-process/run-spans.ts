// Spans of a run that is executed here. Each call of its function is one, in the trace of the event that began the run; each attempt of a step is
// one inside of it. What is answered from the record is not executed, so it has none. Names and attributes are OpenTelemetry's, where it has some:
// https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/
import type { Span, SpanAttributes, Tracing } from "../../observability/tracing.ts";
import type { TriggerEvent } from "../../workflow/records.ts";
import type { AskedStep } from "./asked-step.ts";

export interface TracedRun {
  readonly id: string;
  readonly functionId: string;
  readonly event: TriggerEvent;
  readonly batch: readonly TriggerEvent[];
}

export class RunSpans {
  readonly #tracing: Tracing;
  readonly #run: TracedRun;
  readonly #span: Span;

  /** `isResumed`: its function was called before, and goes on from the record. */
  constructor(tracing: Tracing, run: TracedRun, { attempt, isResumed }: { readonly attempt: number; readonly isResumed: boolean }) {
    const { id, functionId, event, batch } = run;
    this.#tracing = tracing;
    this.#run = run;
    this.#span = tracing.start({
      name: `run ${functionId}`,
      kind: "consumer",
      parent: event.trace,
      attributes: {
        "messaging.operation.type": "process",
        "messaging.operation.name": "run",
        "messaging.message.id": event.id,
        ...(event.topic === "" ? {} : placeOf(event)),
        ...(batch.length === 0 ? {} : { "messaging.batch.message_count": batch.length + 1 }),
        "millrace.run.id": id,
        "millrace.function.id": functionId,
        "millrace.event.name": event.name,
        "millrace.attempt": attempt,
        "millrace.resumed": isResumed ? "true" : "false",
      },
      links: batch.flatMap(({ trace }) => trace ?? []),
    });
  }

  within<Result>(act: () => Result): Result {
    return this.#span.within(act);
  }

  /** An attempt of a step's code begins. */
  step({ key, id }: AskedStep, attempt: number): Span {
    return this.#tracing.start({
      name: `step ${id}`,
      kind: "internal",
      parent: this.#span,
      attributes: { ...this.#of(), "millrace.step.key": key, "millrace.attempt": attempt },
    });
  }

  /** Something goes out by a step: what comes of it is inside of this. Returns its trace context. */
  sends(name: string, { key }: AskedStep, attributes: SpanAttributes): string {
    const span = this.#tracing.start({
      name,
      kind: "producer",
      parent: this.#span,
      attributes: { ...attributes, ...this.#of(), "millrace.step.key": key },
    });
    span.end();
    return span.trace;
  }

  /** A step begins that has no code of its own: it waits. */
  waits({ key, kind }: AskedStep): void {
    this.#span.note("wait", { "millrace.step.key": key, "millrace.step.kind": kind });
  }

  /** What a step waited for came, and it may be of another trace. */
  came(event: TriggerEvent): void {
    if (event.trace !== null) this.#span.link(event.trace);
  }

  failed(error: Parameters<Span["failed"]>[0]): void {
    this.#span.failed(error);
  }

  end(): void {
    this.#span.end();
  }

  #of(): SpanAttributes {
    return { "millrace.run.id": this.#run.id, "millrace.function.id": this.#run.functionId };
  }
}

function placeOf({ topic, partition, offset }: TriggerEvent): SpanAttributes {
  return {
    "messaging.destination.name": topic,
    "messaging.destination.partition.id": String(partition),
    "messaging.kafka.offset": offset,
  };
}
