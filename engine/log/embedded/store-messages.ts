// What the log's thread and the database's thread say to each other.
import { LogError, type LogErrorCode } from "../errors.ts";
import type { EncodedBatch } from "./batch-codec.ts";
import type { BatchWrite, NewTopic, ReadSlice } from "./store.ts";

export type StoreRequest =
  | { readonly call: "load" }
  | { readonly call: "commit"; readonly writes: readonly BatchWrite[] }
  | { readonly call: "read"; readonly partition: number; readonly from: number; readonly below: number; readonly maxBytes: number }
  | { readonly call: "findTime"; readonly partition: number; readonly time: number }
  | { readonly call: "trim"; readonly partition: number; readonly start: number }
  | { readonly call: "compact"; readonly partition: number; readonly below: number }
  | { readonly call: "createTopic"; readonly topic: NewTopic }
  | { readonly call: "close" };

/** Requests are answered in their order, one answer each; the first answer, to none, says that the database is open. */
export type StoreReply = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: ErrorParts };

/** An error class does not survive the way between threads. */
export interface ErrorParts {
  readonly code: LogErrorCode;
  readonly message: string;
  readonly retriable: boolean;
  readonly outcomeUnknown: boolean;
  readonly cause: unknown;
}

const INDEX_FIELDS = 4;

export function takeApart({ code, message, retriable, outcomeUnknown, cause }: LogError): ErrorParts {
  return { code, message, retriable, outcomeUnknown, cause };
}

export function putTogether({ code, message, ...rest }: ErrorParts): LogError {
  return new LogError(code, message, rest);
}

/** A slice of many small batches as two blocks of memory, which change hands without a copy. */
export interface PackedSlice {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Per batch: base, last, time, length. */
  readonly index: Float64Array<ArrayBuffer>;
  readonly complete: boolean;
}

export function packSlice({ batches, complete }: ReadSlice): PackedSlice {
  const bytes = new Uint8Array(batches.reduce((sum, { data }) => sum + data.length, 0));
  const index = new Float64Array(batches.length * INDEX_FIELDS);
  let at = 0;
  batches.forEach(({ base, last, time, data }, n) => {
    index.set([base, last, time, data.length], n * INDEX_FIELDS);
    bytes.set(data, at);
    at += data.length;
  });
  return { bytes, index, complete };
}

export function unpackSlice({ bytes, index, complete }: PackedSlice): ReadSlice {
  const batches: EncodedBatch[] = [];
  let at = 0;
  for (let n = 0; n < index.length; n += INDEX_FIELDS) {
    const end = at + (index[n + 3] ?? 0);
    batches.push({ base: index[n] ?? 0, last: index[n + 1] ?? 0, time: index[n + 2] ?? 0, data: bytes.subarray(at, end) });
    at = end;
  }
  return { batches, complete };
}
