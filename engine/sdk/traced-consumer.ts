// The code of a consumer with spans: each call of its handler is one, in the trace of its event.
import { toldError } from "../core/sealing.ts";
import { failureOf } from "../execution/failure.ts";
import type { Tracing } from "../observability/tracing.ts";
import type { ConsumerCode, HandlerCall } from "../task/consumer/consumer-code.ts";

export function tracedConsumer(code: ConsumerCode, tracing: Tracing): ConsumerCode {
  const handle = (call: HandlerCall): unknown => (tracing.isOn ? traced(code, tracing, call) : code.handle(call));
  return { ...code, handle };
}

async function traced({ spec, handle }: ConsumerCode, tracing: Tracing, call: HandlerCall): Promise<unknown> {
  const { event, attempt } = call;
  const span = tracing.start({
    name: `handle ${spec.id}`,
    kind: "consumer",
    parent: event.trace,
    attributes: {
      "messaging.operation.type": "process",
      "messaging.operation.name": "handle",
      "messaging.consumer.group.name": spec.id,
      "messaging.destination.name": event.topic,
      "messaging.destination.partition.id": String(event.partition),
      "messaging.kafka.offset": event.offset,
      "messaging.message.id": event.id,
      "millrace.event.name": event.name,
      "millrace.attempt": attempt,
    },
  });
  try {
    return await span.within(() => handle(call));
  } catch (error) {
    span.failed(toldError(failureOf(error)));
    throw error;
  } finally {
    span.end();
  }
}
