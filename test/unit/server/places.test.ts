import { expect, test } from "vitest";
import { Places } from "../../../server/http/places.ts";

const refused = expect.objectContaining({ code: "TOO_MANY_STREAMS", retryAfterSeconds: 5 }) as unknown;

test("one caller leaves places to others, and all together have so many", () => {
  const places = new Places({ all: 3, each: 2, what: "streams of events" });
  const first = places.take("alice");
  places.take("alice");
  expect(() => places.take("alice")).toThrow(refused);
  expect(() => places.take("alice")).toThrow('"alice" has 2 streams of events already');
  places.take("bob");
  expect(() => places.take("carl")).toThrow("there are 3 streams of events already");
  first();
  first();
  places.take("carl");
  expect(() => places.take("dora")).toThrow(refused);
});
