// Where decisions are written down: what a partition tells itself is decided at once and in order, or comes by its inbox (R5, R7, R15).
import { expect, test } from "vitest";
import { decodeMessage } from "../../../engine/journal/inbox.ts";
import { FrameQueue } from "../../../engine/task/frame-queue.ts";
import { Ledger } from "../../../engine/task/ledger.ts";
import type { Question } from "../../../engine/task/questions.ts";
import { decided, decidedAndTold } from "../../../engine/workflow/decision.ts";
import type { JournalRecord, MessageBody } from "../../../engine/workflow/records.ts";
import { emptyState } from "../../../engine/workflow/state.ts";
import { T0 } from "../../support/fake-clock.ts";
import { triggerEvent } from "../../support/records.ts";

const OWN = 1;

function open() {
  const state = emptyState(OWN, 3);
  const frames = new FrameQueue(state, () => T0);
  const asked: Question[] = [];
  const ledger = new Ledger({
    state,
    frames,
    recording: () => {},
    recorded: () => {},
    asked: (_, question) => void asked.push(question),
    next: () => null,
  });
  const tell = (...bodies: readonly MessageBody[]): void =>
    void ledger.commit(
      decidedAndTold(
        [],
        bodies.map((body) => ({ to: OWN, body })),
      ),
    );
  const taken = (): readonly JournalRecord[] => frames.take()?.records ?? [];
  return { state, ledger, tell, taken, asked };
}

function seen(offset: number, text = ""): MessageBody {
  const event = triggerEvent({ name: "paid", data: JSON.stringify({ id: 1, text }), offset });
  return { type: "EventSeen", event, paths: ["data.id"], value: "n:1" };
}

const reached = (time: number): MessageBody => ({ type: "WatermarkReached", time });

function bodies(records: readonly JournalRecord[]): readonly string[] {
  return records.map((record) => (record.type === "MessageSent" ? `to ${record.to}: ${decodeMessage(record.body).type}` : record.type));
}

test("each message to itself is decided by what those before it came to", () => {
  const { tell, taken, state } = open();
  tell(seen(1), seen(2), reached(T0));
  expect(bodies(taken())).toEqual(["EventKept", "EventKept", "WatermarkRaised"]);
  expect([...state.window.values()].map(({ number, event }) => [number, event.offset])).toEqual([
    [1, 1],
    [2, 2],
  ]);
});

test("a question to itself is asked when the decision is written down, and is in no frame", () => {
  const { ledger, taken, asked } = open();
  const question = { type: "AskWatermark", time: 1 } as const;
  ledger.commit(
    decidedAndTold(
      [],
      [0, 1, 2].map((to) => ({ to, body: question })),
    ),
  );
  expect(asked).toEqual([question]);
  expect(bodies(taken())).toEqual(["to 0: AskWatermark", "to 2: AskWatermark"]);
});

test("what would make a frame too large comes by its own inbox, without data that stands in a topic (R15)", () => {
  const { tell, taken } = open();
  tell(seen(1, "x".repeat(400_000)), seen(2, "x".repeat(400_000)));
  const records = taken();
  expect(bodies(records)).toEqual(["EventKept", "to 1: EventSeen"]);
  const own = records[1];
  expect(own?.type === "MessageSent" && decodeMessage(own.body)).toMatchObject({ event: { data: null, offset: 2 } });
});

test("what it tells itself later comes behind that: no watermark is known before the events that it speaks of (R13)", () => {
  const { ledger, tell, taken } = open();
  tell(seen(1, "x".repeat(400_000)), seen(2, "x".repeat(400_000)));
  taken();
  tell(reached(T0));
  expect(bodies(taken())).toEqual(["to 1: WatermarkReached"]);
  // Both are decided.
  ledger.commit(decided({ type: "MessagesReceived", from: OWN, through: 2, epoch: -1, nonce: -1 }));
  tell(reached(T0 + 1));
  expect(bodies(taken())).toEqual(["MessagesReceived", "WatermarkRaised"]);
});
