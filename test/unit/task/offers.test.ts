// Events that many waits compare are compared a slice at a time, so that a turn stays short (R15), and few of them are under way (R16).
import { jsonEvents } from "../../../engine/task/read-event.ts";
import { expect, onTestFinished, test } from "vitest";
import { FakeClock, T0 } from "../../support/fake-clock.ts";
import { openEmbeddedLog } from "../../../engine/log/embedded/embedded-log.ts";
import { silentLogger } from "../../../engine/observability/logger.ts";
import { appTopics } from "../../../engine/task/app-topics.ts";
import { Correspondence } from "../../../engine/task/correspondence.ts";
import { FrameQueue } from "../../../engine/task/frame-queue.ts";
import type { Input } from "../../../engine/workflow/decide.ts";
import { evolve } from "../../../engine/workflow/evolve.ts";
import { emptyState } from "../../../engine/workflow/state.ts";
import { triggerEvent } from "../../support/records.ts";

async function partitionWith(offers: number) {
  const log = await openEmbeddedLog({ path: ":memory:" });
  onTestFinished(() => log.close());
  const clock = new FakeClock();
  const state = emptyState(0, 1);
  const frames = new FrameQueue(
    state,
    () => T0,
    () => {},
  );
  for (let offset = 0; offset < offers; offset++) {
    evolve(state, { type: "EventKept", event: triggerEvent({ offset }), paths: ["data.id"], value: "n:1", isOpen: true }, T0);
  }
  const submitted: Input[] = [];
  const correspondence = new Correspondence({
    log,
    topics: appTopics("app"),
    state,
    frames,
    clock,
    logger: silentLogger,
    signal: new AbortController().signal,
    reader: jsonEvents,
    maxEventBytes: 1_000_000,
    now: () => T0,
    commit: () => ({ time: T0 }),
    submit: (input) => {
      frames.open();
      submitted.push(input);
    },
    flushed: () => Promise.resolve(),
    room: () => null,
    mayBeNewer: () => false,
    failed: (error) => expect(error).toBeUndefined(),
    heldBack: () => {},
    sealing: null,
    digestAsked: () => {},
  });
  return { correspondence, state, frames, submitted };
}

test("the oldest event goes on, with one slice a frame, however many wait behind it", async () => {
  const { correspondence, state, frames, submitted } = await partitionWith(200);
  correspondence.begin();
  for (let ack = 0; ack < 5; ack++) correspondence.advanced();
  expect(submitted).toEqual([{ type: "ContinueOffer", kept: 1 }]);

  frames.take();
  evolve(state, { type: "OfferAdvanced", kept: 1, after: null }, T0);
  correspondence.advanced();
  expect(submitted.slice(1)).toEqual([{ type: "ContinueOffer", kept: 2 }]);
});

test("no more is let in while very many are open", async () => {
  expect((await partitionWith(64)).correspondence.hasManyOffers).toBe(false);
  expect((await partitionWith(65)).correspondence.hasManyOffers).toBe(true);
});
