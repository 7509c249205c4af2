// A number that two states share only if they are equal: how a rebuild is proved the same as what it rebuilds.
import { cellsOf } from "./cells.ts";
import type { PartitionState } from "./state.ts";

/** Order-free: the sum of the hashes of all cells, modulo 2^128. `hash` gives 16 bytes or more for a text. 32 hex digits. */
export function digestOf(state: PartitionState, hash: (text: string) => Uint8Array): string {
  let sum = 0n;
  for (const [key, value] of cellsOf(state)) {
    const bytes = hash(`${key}\0${value}`);
    let number = 0n;
    for (let index = 0; index < 16; index++) number = (number << 8n) | BigInt(bytes[index] ?? 0);
    sum = (sum + number) & ((1n << 128n) - 1n);
  }
  return sum.toString(16).padStart(32, "0");
}
