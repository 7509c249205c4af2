// The orders of a month. Some of them are of exactly 150.00.
import type { Events } from "../events.ts";

export type Order = Events["order/placed"];

const COUNTRIES = ["AT", "CH", "DE", "FR", "NL"];
const AT_THE_LIMIT = 150_00;
const EVERY = 135;

export function orders(count: number): readonly Order[] {
  return Array.from({ length: count }, (_, index) => ({
    order: `order-${String(index + 1).padStart(5, "0")}`,
    country: COUNTRIES[index % COUNTRIES.length] ?? "DE",
    net: index % EVERY === 7 ? AT_THE_LIMIT : netOf(index),
  }));
}

export function isAtTheLimit({ net }: Order): boolean {
  return net === AT_THE_LIMIT;
}

/** From 5.00 to 404.99, and never what stands at the limit. */
function netOf(index: number): number {
  const net = 5_00 + ((index * 7_919) % 400_00);
  return net === AT_THE_LIMIT ? net + 1 : net;
}
