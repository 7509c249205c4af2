// Tracing by OpenTelemetry's API. Which SDK collects the spans, and where they go, is the process' own business: without one nothing is done.
import {
  context,
  createTraceState,
  ProxyTracerProvider,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span as ApiSpan,
  type SpanContext,
} from "@opentelemetry/api";
import { partsOfTrace, traceOf } from "../core/trace-context.ts";
import type { Span, SpanAttributes, SpanPlan, Tracing } from "./tracing.ts";

const NAME = "millrace";

const KINDS: Readonly<Record<SpanPlan["kind"], SpanKind>> = {
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
};

/** `system`: what carries the events, by OpenTelemetry's name for it where it has one. */
export function otelTracing(system: string): Tracing {
  return {
    /** An SDK may come after the app was made. */
    get isOn(): boolean {
      const provider = trace.getTracerProvider();
      return !(provider instanceof ProxyTracerProvider) || provider.getDelegateTracer(NAME) !== undefined;
    },
    start({ name, kind, parent, attributes, links = [] }: SpanPlan): Span {
      const around = contextOf(parent);
      const linked = links.flatMap((link) => spanContextOf(link) ?? []).map((one) => ({ context: one }));
      const all = kind === "internal" ? { ...attributes } : { "messaging.system": system, ...attributes };
      const options = { kind: KINDS[kind], attributes: all, ...(linked.length === 0 ? {} : { links: linked }) };
      return new OtelSpan(trace.getTracer(NAME).startSpan(name, options, around), around);
    },
  };
}

class OtelSpan implements Span {
  readonly context: Context;
  readonly trace: string;
  readonly #span: ApiSpan;
  #isEnded = false;

  constructor(span: ApiSpan, around: Context) {
    this.#span = span;
    this.context = trace.setSpan(around, span);
    this.trace = textOf(span.spanContext());
  }

  within<Result>(act: () => Result): Result {
    return context.with(this.context, act);
  }

  note(name: string, attributes: SpanAttributes): void {
    this.#span.addEvent(name, { ...attributes });
  }

  link(trace: string): void {
    const linked = spanContextOf(trace);
    if (linked !== null) this.#span.addLink({ context: linked });
  }

  failed({ name, message, stack }: { readonly name: string; readonly message: string; readonly stack: string | null }): void {
    this.#span.recordException({ name, message, ...(stack === null ? {} : { stack }) });
    this.#span.setStatus({ code: SpanStatusCode.ERROR, message });
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#span.end();
  }
}

function contextOf(parent: SpanPlan["parent"]): Context {
  if (parent === "active") return context.active();
  if (parent instanceof OtelSpan) return parent.context;
  const spanContext = typeof parent === "string" ? spanContextOf(parent) : null;
  return spanContext === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, spanContext);
}

/** A sampler may have put anything into its state. */
function textOf({ traceId, spanId, traceFlags, traceState }: SpanContext): string {
  const traceparent = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;
  return traceOf(traceparent, traceState?.serialize() ?? null) ?? traceparent;
}

const FORM = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/;
const NOBODY = /^0+$/;

/** Null for what is none. */
function spanContextOf(text: string): SpanContext | null {
  const { traceparent, tracestate } = partsOfTrace(text);
  const [, traceId, spanId, flags] = FORM.exec(traceparent) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined || NOBODY.test(traceId) || NOBODY.test(spanId)) return null;
  const state = tracestate === null ? {} : { traceState: createTraceState(tracestate) };
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true, ...state };
}
