import { expect, test } from "vitest";
import { Unanswered } from "../../../web/src/pages/send/unanswered.ts";

const EVENT = { name: "order/placed", data: { order: 1 } };
const OTHER = { ...EVENT, data: { order: 2 } };

test("an event whose answer got lost is sent again with the id that it had, so that it counts once, whatever was sent meanwhile", () => {
  const unanswered = new Unanswered();
  const first = unanswered.name("ada", EVENT);
  unanswered.answered(unanswered.name("ada", OTHER));
  const again = unanswered.name("ada", { ...EVENT });
  expect(first.event.id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  expect(again).toEqual({ ...first, isAgain: true });
  expect(unanswered.name("grace", EVENT)).toMatchObject({ isAgain: false });
});

test("another event, and the same once it was answered, has an id of its own", () => {
  const unanswered = new Unanswered();
  const first = unanswered.name("ada", EVENT);
  const other = unanswered.name("ada", OTHER);
  unanswered.answered(other);
  const anew = unanswered.name("ada", OTHER);
  expect([first, other, anew].map(({ isAgain }) => isAgain)).toEqual([false, false, false]);
  expect(new Set([first, other, anew].map(({ event }) => event.id)).size).toBe(3);
});

test("what the log refused is no repetition; what it refused the second time may be there from the first", () => {
  const unanswered = new Unanswered();
  unanswered.refused(unanswered.name("ada", OTHER));
  expect(unanswered.name("ada", OTHER).isAgain).toBe(false);
  const first = unanswered.name("ada", EVENT);
  unanswered.refused(unanswered.name("ada", EVENT));
  expect(unanswered.name("ada", EVENT)).toEqual({ ...first, isAgain: true });
});

test("an id that somebody chose stays theirs", () => {
  const unanswered = new Unanswered();
  expect([1, 2].map(() => unanswered.name("ada", { ...EVENT, id: "mine" }).event.id)).toEqual(["mine", "mine"]);
});

test("few are remembered, and none once somebody logs out", () => {
  const unanswered = new Unanswered();
  for (let order = 0; order < 60; order++) unanswered.name("ada", { ...EVENT, data: { order } });
  expect(unanswered.name("ada", { ...EVENT, data: { order: 0 } }).isAgain).toBe(false);
  expect(unanswered.name("ada", { ...EVENT, data: { order: 59 } }).isAgain).toBe(true);
  unanswered.forget();
  expect(unanswered.name("ada", { ...EVENT, data: { order: 59 } }).isAgain).toBe(false);
});
