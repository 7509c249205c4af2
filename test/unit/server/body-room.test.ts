import { expect, test } from "vitest";
import { BodyRoom } from "../../../server/http/body-room.ts";

const refused = expect.objectContaining({ code: "NOT_READY", retryAfterSeconds: 2 }) as unknown;

test("one caller's bodies leave room to others', and all together have so many bytes", () => {
  const room = new BodyRoom({ allBodiesBytes: 100, bodiesBytesEach: 50 });
  const first = room.of("alice");
  first.take(30);
  const second = room.of("alice");
  second.take(20);
  expect(() => second.take(1)).toThrow(refused);
  second.giveBack();
  expect(() => room.of("alice").take(21)).toThrow('"alice" sends too many large requests at once');
  room.of("bob").take(49);
  expect(() => room.of("carl").take(1)).toThrow("too many large requests are being read");
});

test("what was given back, once or twice, is others' once", () => {
  const room = new BodyRoom({ allBodiesBytes: 100, bodiesBytesEach: 100 });
  const first = room.of("alice");
  first.take(100);
  first.giveBack();
  first.giveBack();
  room.of("bob").take(100);
  expect(() => room.of("carl").take(1)).toThrow(refused);
});

test("a body that is alone has room, however large it is", () => {
  const room = new BodyRoom({ allBodiesBytes: 10, bodiesBytesEach: 5 });
  const body = room.of("alice");
  body.take(20);
  expect(body.bytes).toBe(20);
  expect(() => room.of("alice").take(1)).toThrow(refused);
});
