import { expect, test } from "vitest";
import { RateLimit } from "../../../server/http/rate-limit.ts";
import { FakeClock } from "../../support/fake-clock.ts";

function taken(rates: RateLimit, actor: string, own: number | null = null): number {
  for (let count = 0; ; count++) {
    try {
      rates.take(actor, own);
    } catch {
      return count;
    }
  }
}

test("a token may ask for two seconds' worth at once, and then at its rate", async () => {
  const clock = new FakeClock();
  const rates = new RateLimit(10, clock);
  expect(taken(rates, "alice")).toBe(20);
  await clock.advance(100);
  expect(taken(rates, "alice")).toBe(1);
  await clock.advance(60_000);
  expect(taken(rates, "alice")).toBe(20);
});

test("tokens do not use up each other's, and one may have a rate of its own", () => {
  const rates = new RateLimit(10, new FakeClock());
  expect(taken(rates, "alice")).toBe(20);
  expect(taken(rates, "bob", 50)).toBe(100);
  expect(taken(rates, "slow", 0.1)).toBe(1);
});

test("who is refused is told when to come again", () => {
  const rates = new RateLimit(10, new FakeClock());
  taken(rates, "alice");
  expect(() => rates.take("alice", null)).toThrow(
    expect.objectContaining({ code: "TOO_MANY_REQUESTS", status: 429, retryAfterSeconds: 1 }),
  );
  taken(rates, "slow", 0.1);
  expect(() => rates.take("slow", 0.1)).toThrow(expect.objectContaining({ retryAfterSeconds: 10 }));
});
