// The id of a schema where no registry gives one: it follows from the schema, so that everyone finds the same.
import { createHash } from "node:crypto";

/** 1 to 2^31 - 1. Two schemas may share it: whoever gives ids out takes the next number up that is free. */
export function schemaIdOf(text: string): number {
  const id = createHash("sha256").update(text).digest().readUInt32BE(0) >>> 1;
  // Registries count from 1, and some clients take 0 for none.
  return id === 0 ? 1 : id;
}
