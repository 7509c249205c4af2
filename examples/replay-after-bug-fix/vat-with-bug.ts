// VAT, as it was computed for a month: an order of exactly 150.00 is not small any more.
import type { Vat } from "./vat.ts";

const SMALL = 150_00;
const REDUCED = 7;
const STANDARD = 19;

export function vatWithBug(net: number): Vat {
  const rate = net < SMALL ? REDUCED : STANDARD;
  return { rate, amount: Math.round((net * rate) / 100) };
}
