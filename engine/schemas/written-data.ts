// Data that was written by a schema of which the record tells the id: decoded once the schema is there. Each schema is asked for once.
import { backoffMs } from "../core/backoff.ts";
import type { Clock } from "../core/clock.ts";
import { codecOf, resolvingDecoder } from "./avro/codec.ts";
import type { SchemaRegistry } from "./registry/registry.ts";
import { SchemaError } from "./schema-error.ts";
import type { Framed } from "./wire.ts";

export interface WrittenDataOptions {
  /** Asked for when the first id is looked up. */
  readonly registry: () => Promise<SchemaRegistry>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export type Decoded =
  { readonly ok: true; readonly data: unknown } | { readonly ok: false; readonly code: string; readonly reason: string };

/** An id that nobody knows may be on its way to the registry. */
const UNKNOWN_AFTER_MS = 10_000;
/** So long after a registry was in trouble it may not know yet what it knew: its "unknown" is not believed. */
const RECOVERING_MS = 60_000;
/** Then it is asked for again. */
const UNKNOWN_FOR_MS = 60_000;
const RETRY = { baseMs: 250, maxMs: 10_000 };

type Decoder = (body: Buffer) => unknown;

type Written =
  | { readonly status: "known"; readonly text: string; readonly decoders: Map<string, Decoder | SchemaError> }
  | { readonly status: "asked"; readonly answered: Promise<void>; trouble: string | null }
  | { readonly status: "refused"; readonly code: string; readonly reason: string };

export class WrittenData {
  readonly #options: WrittenDataOptions;
  readonly #schemas = new Map<number, Written>();
  /** When the registry could not be asked last, for whatever id, by the monotonic clock. */
  #troubledAt = -Infinity;

  constructor(options: WrittenDataOptions) {
    this.#options = options;
  }

  /** `reader`: text of the schema into which it is resolved, null for data as it was written. A promise: ask again when it resolves. */
  decode({ id, body }: Framed, reader: string | null): Decoded | Promise<void> {
    const written = this.#schemas.get(id);
    if (written === undefined) return this.#ask(id);
    switch (written.status) {
      case "asked":
        return written.answered;
      case "refused":
        return refused(written.code, written.reason);
      case "known":
        return decoded(decoderOf(written.text, reader, written.decoders), body);
    }
  }

  /** Why an id has no answer yet, for people; null where nobody knows that it takes long. */
  troubleOf(id: number): string | null {
    const written = this.#schemas.get(id);
    return written?.status === "asked" ? written.trouble : null;
  }

  #ask(id: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const asked: Written = { status: "asked", answered: promise, trouble: null };
    this.#schemas.set(id, asked);
    void this.#answer(id, asked).then((written) => {
      // Whoever stops is asked nothing more.
      if (this.#options.signal.aborted) return;
      this.#schemas.set(id, written);
      if (written.status === "refused") this.#forgetLater(id, written);
      resolve();
    });
    return promise;
  }

  /** Anybody can write any id. */
  #forgetLater(id: number, answer: Written): void {
    this.#options.clock.setTimer(UNKNOWN_FOR_MS, () => {
      if (this.#schemas.get(id) === answer) this.#schemas.delete(id);
    });
  }

  async #answer(id: number, asked: Extract<Written, { status: "asked" }>): Promise<Written> {
    const { clock, registry, signal } = this.#options;
    let unknownSince: number | null = null;
    for (let attempt = 0; ; attempt++) {
      try {
        const text = await (await registry()).schemaOf(id);
        if (text !== null) return { status: "known", text, decoders: new Map() };
        const now = clock.monotonicMs();
        unknownSince ??= now;
        const isRecovering = now - this.#troubledAt < RECOVERING_MS;
        if ((now - unknownSince >= UNKNOWN_AFTER_MS && !isRecovering) || signal.aborted) {
          const reason = `it was written by the schema with the id ${id}, which the registry does not know`;
          return { status: "refused", code: "EVENT_SCHEMA_UNKNOWN", reason };
        }
        asked.trouble = `the registry does not know the schema with the id ${id}, by which the record was written; it is asked for ${(isRecovering ? RECOVERING_MS : UNKNOWN_AFTER_MS) / 1_000} s`;
      } catch (error) {
        if (signal.aborted) return asked;
        // A schema that is none of Avro's stays so.
        if (error instanceof SchemaError && !error.retriable) return { status: "refused", code: error.code, reason: error.message };
        unknownSince = null;
        this.#troubledAt = clock.monotonicMs();
        const why = error instanceof Error ? error.message : String(error);
        asked.trouble = `the record was written by the schema with the id ${id}, which is not known here, and the registry cannot be asked: ${why}`;
      }
      await new Promise<void>((resolve) => {
        clock.setTimer(backoffMs(attempt, 0.5, RETRY), resolve);
      });
      if (signal.aborted) return asked;
    }
  }
}

function decoderOf(writer: string, reader: string | null, known: Map<string, Decoder | SchemaError>): Decoder | SchemaError {
  const target = reader ?? "";
  let decoder = known.get(target);
  if (decoder === undefined) {
    decoder = makeDecoder(writer, reader);
    known.set(target, decoder);
  }
  return decoder;
}

function makeDecoder(writer: string, reader: string | null): Decoder | SchemaError {
  try {
    if (reader !== null && reader !== writer) return resolvingDecoder(writer, reader);
    const codec = codecOf(writer);
    return (body) => codec.decode(body);
  } catch (error) {
    if (error instanceof SchemaError) return error;
    throw error;
  }
}

function decoded(decoder: Decoder | SchemaError, body: Buffer): Decoded {
  if (decoder instanceof SchemaError) return refused(decoder.code, decoder.message);
  try {
    return { ok: true, data: decoder(body) };
  } catch (error) {
    if (error instanceof SchemaError) return refused(error.code, error.message);
    throw error;
  }
}

function refused(code: string, reason: string): Decoded {
  return { ok: false, code, reason };
}
