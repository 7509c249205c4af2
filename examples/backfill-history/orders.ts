// The shop's orders, by number: always the same ones.
import type { ShopEvents } from "./app.ts";

export interface OrderEvent {
  readonly name: "order/placed";
  readonly id: string;
  readonly key: string;
  readonly data: ShopEvents["order/placed"];
}

export function orderOf(number: number): OrderEvent {
  const customer = `customer ${number % 97}`;
  const order = `order ${number}`;
  // With an id it counts once, however often a worker that was killed sends it again.
  return { name: "order/placed", id: order, key: customer, data: { order, customer, cents: 500 + ((number * 7_919) % 9_500) } };
}

export function pointsOf(count: number): number {
  let points = 0;
  for (let number = 0; number < count; number++) points += Math.floor(orderOf(number).data.cents / 100);
  return points;
}
