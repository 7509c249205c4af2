import fc from "fast-check";
import { expect, test } from "vitest";
import { serverSentEvents, type ServerSentEvent } from "../../../web/src/api/server-sent-events.ts";

async function read(text: string, cuts: readonly number[] = []): Promise<ServerSentEvent[]> {
  const bytes = new TextEncoder().encode(text);
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((one, other) => one - other), bytes.length];
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const [index, begin] of at.slice(0, -1).entries()) controller.enqueue(bytes.slice(begin, at[index + 1]));
      controller.close();
    },
  });
  const events: ServerSentEvent[] = [];
  for await (const event of serverSentEvents(stream, { longestSilenceMs: 10_000 })) events.push(event);
  return events;
}

test("an event ends with an empty line; comments that keep the connection alive are none", async () => {
  expect(await read(`: hello\n\nevent: runs\ndata: {"a":1}\n\n: still here\n\ndata: x\ndata: y\n\n`)).toEqual([
    { event: "runs", data: '{"a":1}' },
    { event: "message", data: "x\ny" },
  ]);
});

test("what the stream ends in the middle of is not told", async () => {
  expect(await read("data: whole\n\ndata: half")).toEqual([{ event: "message", data: "whole" }]);
});

test("it does not matter where the network cuts the bytes, be it within a letter or between \\r and \\n", async () => {
  const event = fc.record({
    name: fc.constantFrom("runs", "events"),
    data: fc.constantFrom("é€😀", "a: b", "[1,2]", " x"),
    end: fc.constantFrom("\n", "\r\n"),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 6 }), fc.array(fc.nat(), { maxLength: 8 }), async (events, cuts) => {
      const text = events.map(({ name, data, end }) => `event: ${name}${end}data: ${data}${end}${end}`).join("");
      expect(await read(text, cuts)).toEqual(events.map(({ name, data }) => ({ event: name, data })));
    }),
  );
});

test("a connection that says nothing any more, not even that it is there, is given up", async () => {
  let isCancelled = false;
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode("data: 1\n\n")),
    cancel: () => void (isCancelled = true),
  });
  const events = serverSentEvents(stream, { longestSilenceMs: 20 });
  expect((await events.next()).value).toEqual({ event: "message", data: "1" });
  await expect(events.next()).rejects.toThrow("nothing came for 20 ms");
  expect(isCancelled).toBe(true);
});
