// PORT Tracing: spans of what is executed here, in the traces that events bring along. One trace so goes from a producer through runs, their steps,
// children and events, in whichever processes those are; what stands in a record is never traced again.
export interface Tracing {
  /** Whether anybody collects spans in this process. Where nobody does, asking further costs more than it is worth. */
  readonly isOn: boolean;
  start(span: SpanPlan): Span;
}

export interface SpanPlan {
  /** Of few: no ids. */
  readonly name: string;
  /** `producer`: what it sends others may take up; `consumer`: it was sent. */
  readonly kind: "producer" | "consumer" | "internal";
  /** A trace context, see core/trace-context.ts, or a span of this process; `active`: whatever the caller is in; null: none. */
  readonly parent: string | Span | null;
  readonly attributes: SpanAttributes;
  /** Trace contexts of what it has to do with otherwise. */
  readonly links?: readonly string[];
}

export type SpanAttributes = Readonly<Record<string, string | number>>;

export interface Span {
  /** What is sent on, so that it is known to come from here: see core/trace-context.ts. */
  readonly trace: string;
  /** Spans that `act` starts, and what follows from it, are inside of this one. */
  within<Result>(act: () => Result): Result;
  /** Something happened in it. */
  note(name: string, attributes: SpanAttributes): void;
  link(trace: string): void;
  failed(error: { readonly name: string; readonly message: string; readonly stack: string | null }): void;
  /** Idempotent. */
  end(): void;
}

/** Where nothing is to be traced. */
export const noTracing: Tracing = {
  isOn: false,
  start() {
    throw new Error("nobody asked whether tracing is on");
  },
};
