// W3C's trace context as one text: what is carried, and what is left out.
import { describe, expect, test } from "vitest";
import { partsOfTrace, traceOf } from "../../../engine/core/trace-context.ts";

const PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

describe("a tracestate is carried", () => {
  test.each([
    ["of one vendor", "congo=t61rcWkgMzE", "congo=t61rcWkgMzE"],
    ["of several, in their order", "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"],
    ["of a tenant", "fw529a3039@dt=FfP3/_-*a", "fw529a3039@dt=FfP3/_-*a"],
    ["without the space around its members, and without empty ones", " a=1 ,\tb=2 2,, ", "a=1,b=2 2"],
    ["with 512 characters", `a=${"x".repeat(254)},b=${"y".repeat(253)}`, `a=${"x".repeat(254)},b=${"y".repeat(253)}`],
    ["with 32 members", numbered(32), numbered(32)],
  ])("%s", (_, given, carried) => {
    const text = traceOf(PARENT, given) ?? "";
    expect(partsOfTrace(text)).toEqual({ traceparent: PARENT, tracestate: carried });
  });
});

describe("a tracestate is left out, and the trace goes on without it,", () => {
  test.each([
    ["that is longer than any has to pass on", `a=${"x".repeat(254)},b=${"y".repeat(254)}`],
    ["with 33 members", numbered(33)],
    ["with a key twice", "a=1,b=2,a=3"],
    ["with a member that has no value", "a=1,b="],
    ["with a member that is no pair", "a=1,b"],
    ["with two signs of equality", "a=1=2"],
    ["with a key in capitals", "Congo=1"],
    ["with what is not printable", "a=1\n2"],
    ["with what is not ASCII", "a=é"],
    ["that says nothing", " , "],
    ["of spaces alone", " ".repeat(512)],
    ["that is empty", ""],
  ])("%s", (_, given) => {
    expect(traceOf(PARENT, given)).toBe(PARENT);
  });
});

test("what is no traceparent is no trace, whatever its tracestate", () => {
  expect(traceOf("00-abc", "a=1")).toBeNull();
  expect(traceOf(`${PARENT} `, null)).toBeNull();
});

function numbered(count: number): string {
  return Array.from({ length: count }, (_, n) => `k${n}=${n}`).join(",");
}
