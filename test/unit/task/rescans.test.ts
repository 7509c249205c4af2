// The past is told again to whoever asks for a shape; those who ask together share a scan.
import { jsonEvents } from "../../../engine/task/read-event.ts";
import { expect, onTestFinished, test } from "vitest";
import { openEmbeddedLog } from "../../../engine/log/embedded/embedded-log.ts";
import { silentLogger } from "../../../engine/observability/logger.ts";
import { Rescans } from "../../../engine/task/rescans.ts";
import type { Message } from "../../../engine/workflow/decision.ts";
import { encodeEvent } from "../../../engine/workflow/event/cloud-event.ts";
import { evolveManifestActivated, manifestText } from "../../../engine/workflow/trigger/manifest.ts";
import { emptyState } from "../../../engine/workflow/state.ts";
import { valueOf } from "../../../engine/workflow/expression/value.ts";
import { arbiterOf } from "../../../engine/workflow/wait/arbiter.ts";
import { deferred } from "../../support/deferred.ts";

const PARTITIONS = 8;
const SOURCE = { topic: "events", partition: 0 };
const SHAPE = { event: "booking/created", path: "data.userId" };

/** A partition whose source holds a booking of each of these guests. */
async function partition(guests: readonly string[]) {
  const log = await openEmbeddedLog({ path: ":memory:" });
  onTestFinished(() => log.close());
  await log.createTopics([{ topic: SOURCE.topic, partitions: 1, settings: {} }]);
  for (const userId of guests) {
    const data = JSON.stringify({ userId });
    await log.append(SOURCE, [encodeEvent({ id: userId, name: SHAPE.event, data, time: 1, key: null, source: "test" })]);
  }
  const state = emptyState(0, PARTITIONS);
  const content = manifestText({ functions: [], sources: [{ topic: SOURCE.topic, partitions: 1, from: "beginning" }] });
  evolveManifestActivated(state, {
    type: "ManifestActivated",
    version: 1,
    hash: "",
    content,
    from: [{ ...SOURCE, offset: guests.length }],
  });
  return { log, state };
}

test("the first who asks is answered by a scan, and all who ask meanwhile by the next: each is told of its own values, and then that it is done", async () => {
  const guests = Array.from({ length: 30 }, (_, index) => `guest ${index}`);
  const { log, state } = await partition(guests);
  const told: (readonly Message[])[] = [];
  const [first, last] = [deferred<null>(), deferred<null>()];
  const rescans = new Rescans({
    log,
    state,
    reader: jsonEvents,
    maxEventBytes: 1_000_000,
    logger: silentLogger,
    signal: new AbortController().signal,
    activate: async () => {},
    tell: async (messages) => {
      told.push(messages);
      if (told.length > 1) last.resolve(null);
      await first.promise;
    },
    failed: last.reject,
  });

  const ask = (from: number): void => rescans.ask(from, { type: "AskRescan", ...SHAPE, round: from + 1, since: 0 });
  for (let from = 0; from < PARTITIONS; from++) ask(from);
  ask(3); // it is asked again until it is answered
  first.resolve(null);
  await last.promise;

  expect(told.map((messages) => doneIn(messages))).toEqual([["0 1"], ["1 2", "2 3", "3 4", "4 5", "5 6", "6 7", "7 8"]]);
  const [toFirst = [], toOthers = []] = told;
  const valuesOf = (to: number): readonly string[] => guests.filter((guest) => arbiterOf(PARTITIONS, SHAPE.event, valueOf(guest)) === to);
  expect(seenBy(toFirst, 0)).toEqual(valuesOf(0));
  expect(toFirst.filter(({ to }) => to !== 0)).toEqual([]);
  for (let to = 1; to < PARTITIONS; to++) expect(seenBy(toOthers, to)).toEqual(valuesOf(to));
  expect(toOthers.slice(-7).every(({ body }) => body.type === "RescanDone")).toBe(true);
});

function doneIn(messages: readonly Message[]): readonly string[] {
  return messages.flatMap(({ to, body }) => (body.type === "RescanDone" ? [`${to} ${body.round}`] : []));
}

function seenBy(messages: readonly Message[], partition: number): readonly string[] {
  return messages.flatMap(({ to, body }) => (to === partition && body.type === "EventSeen" ? [body.event.id] : []));
}
