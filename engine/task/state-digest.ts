// The digest with this process's hash function: workflow/digest.ts is pure and takes it as an argument.
import { createHash } from "node:crypto";
import { digestOf } from "../workflow/digest.ts";
import type { PartitionState } from "../workflow/state.ts";

export function stateDigest(state: PartitionState): string {
  return digestOf(state, (text) => createHash("sha256").update(text).digest());
}
