// A process of an app with an SDK of OpenTelemetry of its own, whose spans go to a file as they end: a producer that sends one event and is over, or a
// worker, until it is killed. For traced-processes.kafka.test.ts.
import { appendFileSync } from "node:fs";
import { context, createTraceState, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { BasicTracerProvider, SimpleSpanProcessor, type ReadableSpan, type SpanExporter } from "@opentelemetry/sdk-trace-base";
import { Millrace } from "../../engine/sdk/index.ts";

/** What a process is told, as JSON in its only argument. */
export interface TracedProcess {
  readonly role: "producer" | "worker";
  readonly id: string;
  readonly brokers: readonly string[];
  /** Where its spans go, one a line. */
  readonly file: string;
  /** Of a worker: the step that it never comes out of. */
  readonly stuckIn?: string;
}

/** A line of the file. */
export interface WrittenSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parent: string | null;
  readonly tracestate: string | null;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** The trace that the producer is called in. */
export const CALLER = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", tracestate: "congo=t61rcWkgMzE,rojo=1" };

/** Written at once: a process that is killed has told of all that was over. */
function spansTo(file: string): SpanExporter {
  return {
    export(spans, done) {
      appendFileSync(file, spans.map((span) => `${JSON.stringify(written(span))}\n`).join(""));
      done({ code: 0 });
    },
    shutdown: () => Promise.resolve(),
  };
}

function written(span: ReadableSpan): WrittenSpan {
  const { traceId, spanId, traceState } = span.spanContext();
  const parent = span.parentSpanContext?.spanId ?? null;
  return { name: span.name, traceId, spanId, parent, tracestate: traceState?.serialize() ?? null, attributes: span.attributes };
}

function appOf({ id, brokers, stuckIn }: TracedProcess): Millrace {
  const app = new Millrace({ id, partitions: 4, log: { kind: "kafka", brokers: [...brokers], sessionTimeoutMs: 6_000 } });
  const works = (step: string) => (): Promise<null> => {
    if (step !== stuckIn) return Promise.resolve(null);
    process.stdout.write("stuck\n");
    return new Promise(() => {});
  };
  const invoice = app.createFunction({ id: "invoice", triggers: [] }, ({ step }) => step.run("write", works("write")));
  app.createFunction({ id: "order", triggers: [{ event: "placed" }] }, async ({ step, runId }) => {
    await step.run("charge", works("charge"));
    await step.run("pick", works("pick"));
    await step.invoke("bill", { function: invoice, data: null });
    await step.sendEvent("tell", { name: "paid", data: null, key: runId });
  });
  app.createFunction({ id: "ship", triggers: [{ event: "paid" }] }, ({ step }) => step.run("pack", works("pack")));
  return app;
}

async function main(told: TracedProcess): Promise<void> {
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spansTo(told.file))] }));
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const app = appOf(told);
  if (told.role === "worker") {
    await app.start();
    process.stdout.write("started\n");
    return;
  }
  const caller = { ...CALLER, traceFlags: 1, isRemote: true, traceState: createTraceState(CALLER.tracestate) };
  await context.with(trace.setSpanContext(context.active(), caller), () =>
    trace.getTracer("shop").startActiveSpan("POST /orders", async (span) => {
      await app.send({ name: "placed", data: null });
      span.end();
    }),
  );
  await app.stop();
}

if (import.meta.main) await main(JSON.parse(process.argv[2] ?? "") as TracedProcess);
