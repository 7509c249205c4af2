// The codec of a benchmark: what it costs does not depend on the key.
import { randomBytes } from "node:crypto";
import { aesGcmCodec, type Codec } from "../engine/sdk/index.ts";

/** Of this process; others are told. In base64. */
export const BENCH_KEY = randomBytes(32).toString("base64");

/** As an option of an app; null for none. */
export function codecOf(key: string | null): { readonly codec?: Codec } {
  return key === null ? {} : { codec: aesGcmCodec({ keys: { bench: key }, current: "bench" }) };
}
