import { expect, test } from "vitest";
import { newApi } from "../../../server/http/api.ts";
import { Hub } from "../../../server/live-hub.ts";
import { LiveStreams } from "../../../server/live-streams.ts";
import { liveResource } from "../../../server/resources/live.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const LIMITS = { streams: 3, streamsEach: 2, heartbeatMs: 15_000, unreadBytes: 1_000 };

function given() {
  const live = new Hub();
  const clock = new FakeClock();
  return { live, clock, streams: new LiveStreams({ live, limits: LIMITS, clock }) };
}

const always = (): boolean => true;

async function read(stream: ReadableStreamDefaultReader<Uint8Array>): Promise<string | null> {
  const { done, value } = await stream.read();
  return done ? null : Buffer.from(value).toString();
}

test("what changes is told as an event, and silence by heartbeats", async () => {
  const { live, clock, streams } = given();
  const reader = streams.open("alice", always).getReader();
  expect(await read(reader)).toBe("retry: 2000\n\n");
  live.tell({ type: "runs", ids: ["a"] });
  expect(await read(reader)).toBe('event: runs\ndata: {"type":"runs","ids":["a"]}\n\n');
  await clock.advance(15_000);
  expect(await read(reader)).toBe(":\n\n");
});

test("a stream of somebody who may not read any more is ended at its next heartbeat", async () => {
  const { live, clock, streams } = given();
  let isWelcome = true;
  const reader = streams.open("alice", () => isWelcome).getReader();
  await clock.advance(15_000);
  isWelcome = false;
  await clock.advance(15_000);
  expect([await read(reader), await read(reader), await read(reader)]).toEqual(["retry: 2000\n\n", ":\n\n", null]);
  expect([streams.count, live.hearers]).toEqual([0, 0]);
});

test("a reader that does not keep up is ended, and what it did not take stays bounded", async () => {
  const { live, streams } = given();
  const reader = streams.open("slow", always).getReader();
  for (let n = 0; n < 10_000; n++) live.tell({ type: "events" });
  expect(streams.count).toBe(0);
  let bytes = 0;
  for (let text = await read(reader); text !== null; text = await read(reader)) bytes += text.length;
  expect(bytes).toBeLessThan(1_100);
  expect(live.hearers).toBe(0);
});

test("there are so many streams, and so many of one token; one that is closed makes room", async () => {
  const { live, streams } = given();
  const first = streams.open("alice", always);
  streams.open("alice", always);
  expect(() => streams.open("alice", always)).toThrow(expect.objectContaining({ code: "TOO_MANY_STREAMS", retryAfterSeconds: 10 }));
  streams.open("bob", always);
  expect(() => streams.open("carl", always)).toThrow(expect.objectContaining({ code: "TOO_MANY_STREAMS" }));
  await first.cancel();
  expect([streams.count, live.hearers]).toEqual([2, 2]);
  streams.open("alice", always);
});

test("closing ends all, and refuses more", async () => {
  const { live, streams } = given();
  const reader = streams.open("alice", always).getReader();
  await read(reader);
  streams.close();
  expect(await read(reader)).toBeNull();
  expect([streams.count, live.hearers]).toEqual([0, 0]);
  expect(() => streams.open("alice", always)).toThrow(expect.objectContaining({ code: "NOT_READY" }));
});

test("whoever asks for the headers of a stream alone gets those, and takes no place", async () => {
  const { live, clock, streams } = given();
  const api = newApi();
  api.use(async (c, next) => {
    c.set("actor", "alice");
    c.set("scopes", ["read"]);
    c.set("stillMay", always);
    c.set("patience", { answerMs: 1_000, clock });
    await next();
  });
  liveResource(api, streams);
  for (let n = 0; n < 5; n++) {
    const { status, headers } = await api.request("/live", { method: "HEAD" });
    expect([status, headers.get("content-type")]).toEqual([200, "text/event-stream; charset=utf-8"]);
  }
  expect([streams.count, live.hearers]).toEqual([0, 0]);
});
