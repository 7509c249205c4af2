// Lines of a file of events: ids that follow from their numbers, so that a file that is sent again doubles nothing.
import { describe, expect, test } from "vitest";
import { eventLine } from "../../../cli/sending/event-line.ts";

const at = { name: null, id: "orders", number: 7 };

describe("a line of a file of events", () => {
  test("gets an id that follows from its number", () => {
    const first = eventLine('{"name":"order/placed","data":{"n":1}}', at);
    expect(first).toEqual({ text: '{"name":"order/placed","data":{"n":1},"id":"orders-7"}' });
    expect(eventLine('{"name":"order/placed","data":{"n":1}}', at)).toEqual(first);
  });

  test("keeps an id of its own", () => {
    expect(eventLine('{"name":"order/placed","data":1,"id":"own"}', at)).toEqual({ text: '{"name":"order/placed","data":1,"id":"own"}' });
  });

  test("is data alone where the event is named", () => {
    expect(eventLine("[1,2]", { ...at, name: "order/placed" })).toEqual({ text: '{"name":"order/placed","data":[1,2],"id":"orders-7"}' });
  });

  test.each([
    ["{", "it is not JSON"],
    ['{"data":1}', "it is no event: name"],
    ['{"name":"a","data":1,"kay":"x"}', "it is no event"],
    ["[]", "it is no event"],
  ])("%s is refused before it is sent", (line, why) => {
    expect(eventLine(line, at)).toEqual({ wrong: expect.stringContaining(why) as string });
  });
});
