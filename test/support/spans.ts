// An SDK of OpenTelemetry for a test: spans are kept in memory.
import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor, type ReadableSpan } from "@opentelemetry/sdk-trace-base";

export interface Spans {
  /** Those that are over, in the order of their ends. */
  all(): readonly ReadableSpan[];
  named(name: string): readonly ReadableSpan[];
  /** The one with this name. */
  one(name: string): ReadableSpan;
  close(): Promise<void>;
}

/** For this process, until it is closed. */
export function collectSpans(): Spans {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const named = (name: string): readonly ReadableSpan[] => exporter.getFinishedSpans().filter((span) => span.name === name);
  return {
    all: () => exporter.getFinishedSpans(),
    named,
    one(name) {
      const [span, ...more] = named(name);
      if (span === undefined || more.length > 0) {
        const names = exporter.getFinishedSpans().map((each) => each.name);
        throw new Error(`${1 + more.length} spans named ${name}, among ${names.join(", ")}`);
      }
      return span;
    },
    async close() {
      trace.disable();
      context.disable();
      await provider.shutdown();
    },
  };
}
