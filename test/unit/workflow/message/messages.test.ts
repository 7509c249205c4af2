// What tasks tell each other counts once, in order (R7).
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeMessage, decodeParcel, encodeMessage, encodeParcel } from "../../../../engine/journal/inbox.ts";
import { JournalError } from "../../../../engine/journal/errors.ts";
import { arrivalOf } from "../../../../engine/workflow/message/receive.ts";
import { isOwnOnItsWay, messageSent } from "../../../../engine/workflow/message/send.ts";
import type { JournalRecord } from "../../../../engine/workflow/records.ts";
import { messageBody } from "../../../support/arbitrary-messages.ts";
import { given, givenIn } from "../../../support/given.ts";
import { rounds } from "../../../support/rounds.ts";

const BODY = Buffer.from("body");
const sent = (to: number, sequence: number): JournalRecord => ({ type: "MessageSent", to, sequence, body: BODY });
const confirmed = (to: number, through: number): JournalRecord => ({ type: "MessagesConfirmed", to, through });

describe("what is owed to another partition", () => {
  test("is numbered from 1 for each pair, and on under the next owner", () => {
    const state = given();
    expect([messageSent(state.state, 1, BODY), messageSent(state.state, 2, BODY)]).toEqual([sent(1, 1), sent(2, 1)]);
    state.and(sent(1, 1), sent(1, 2), confirmed(1, 2));
    expect(messageSent(state.state, 1, BODY)).toEqual(sent(1, 3));
  });

  test("is owed until it is confirmed, with who decided it", () => {
    const state = given();
    state.state.owner = { epoch: 7, nonce: 8, worker: "a" };
    state.and(sent(1, 1), sent(1, 2), sent(2, 1));
    state.when({ type: "ConfirmMessages", to: 1, through: 1 }).then(confirmed(1, 1));
    state.and(confirmed(1, 1));
    expect([...(state.state.outboxes.get(1)?.pending ?? [])]).toEqual([[2, { body: BODY, epoch: 7, nonce: 8 }]]);
    expect(state.state.outboxes.get(2)?.pending.size).toBe(1);
  });

  test("is confirmed once", () => {
    const state = given(sent(1, 1), sent(1, 2), confirmed(1, 1));
    state.when({ type: "ConfirmMessages", to: 1, through: 1 }).thenIgnored("already confirmed");
    state.when({ type: "ConfirmMessages", to: 5, through: 1 }).thenIgnored("already confirmed");
    state.when({ type: "ConfirmMessages", to: 1, through: 2 }).then(confirmed(1, 2));
  });

  test("to this partition itself is on its way until it is decided here, whether it is confirmed or not", () => {
    const state = givenIn(1, 3, sent(1, 1), confirmed(1, 1));
    expect(isOwnOnItsWay(state.state)).toBe(true);
    state.and({ type: "MessagesReceived", from: 1, through: 1, epoch: 0, nonce: 0 });
    expect(isOwnOnItsWay(state.state)).toBe(false);
  });
});

describe("a message that comes", () => {
  const last = { sequence: 10, epoch: 5, nonce: 50 };

  test.each([
    ["the next of this owner", { sequence: 11, epoch: 5, nonce: 50 }, "new"],
    ["the next of a later owner", { sequence: 11, epoch: 6, nonce: 60 }, "new"],
    ["the last again", last, "duplicate"],
    ["an earlier one again", { sequence: 9, epoch: 5, nonce: 50 }, "duplicate"],
    ["an earlier one of an earlier owner", { sequence: 3, epoch: 2, nonce: 20 }, "duplicate"],
    ["one too far on", { sequence: 14, epoch: 5, nonce: 50 }, "gap"],
    ["the last, of another owner", { sequence: 10, epoch: 6, nonce: 60 }, "rewritten"],
    ["the last, of an owner of the same epoch in a topic made anew", { sequence: 10, epoch: 5, nonce: 51 }, "rewritten"],
    ["an earlier one of a later owner", { sequence: 8, epoch: 6, nonce: 60 }, "rewritten"],
    ["the next, of an earlier owner", { sequence: 11, epoch: 4, nonce: 40 }, "rewritten"],
    ["one too far on, of an earlier owner", { sequence: 14, epoch: 4, nonce: 40 }, "rewritten"],
  ])("%s", (_, letter, kind) => {
    expect(arrivalOf(last, letter).kind).toBe(kind);
  });

  test("first of all is number 1, and a gap tells what is missing", () => {
    expect(arrivalOf(undefined, { sequence: 1, epoch: 0, nonce: 1 })).toEqual({ kind: "new" });
    expect(arrivalOf(undefined, { sequence: 3, epoch: 0, nonce: 1 })).toEqual({ kind: "gap", from: 1, to: 2 });
    expect(arrivalOf(last, { sequence: 14, epoch: 5, nonce: 50 })).toEqual({ kind: "gap", from: 11, to: 13 });
  });

  test("is known by number and owner of the last", () => {
    const state = given({ type: "MessagesReceived", from: 2, through: 7, epoch: 3, nonce: 4 });
    expect(state.state.senders.get(2)).toEqual({ sequence: 7, epoch: 3, nonce: 4 });
  });

  test("as a question decides nothing", () => {
    given().whenTold({ type: "AskWatermark", time: 1 }).thenIgnored("a question");
    given().whenTold({ type: "AskRescan", event: "e", path: "", round: 1, since: 0 }).thenIgnored("a question");
    given().whenTold({ type: "HoldBack", until: 1, isPast: false }).thenIgnored("a question");
  });
});

describe("messages as bytes", () => {
  test("come back as they were told, in their parcel", () => {
    fc.assert(
      fc.property(fc.array(messageBody, { maxLength: 5 }), (bodies) => {
        const messages = bodies.map((body, index) => ({ sequence: index + 1, epoch: 3, nonce: 2 ** 47, body: encodeMessage(body) }));
        const parcel = decodeParcel(encodeParcel({ from: 2, messages }));
        expect(parcel).toEqual({ from: 2, messages });
        expect(parcel.messages.map(({ body }) => decodeMessage(body))).toEqual(bodies);
      }),
      rounds(100),
    );
  });

  test("that nobody can read are told apart from those of a newer version", () => {
    const code = (read: () => unknown): string => {
      try {
        read();
        return "";
      } catch (error) {
        return error instanceof JournalError ? error.code : "?";
      }
    };
    const good = encodeParcel({ from: 0, messages: [] });
    const newer = Buffer.from(good);
    newer[5] = (newer[5] ?? 0) ^ 0xff;
    expect(code(() => decodeParcel(null))).toBe("JOURNAL_DAMAGED");
    expect(code(() => decodeParcel(Buffer.from("hello, world")))).toBe("JOURNAL_DAMAGED");
    expect(code(() => decodeParcel(good.subarray(0, 11)))).toBe("JOURNAL_DAMAGED");
    expect(code(() => decodeParcel(newer))).toBe("JOURNAL_UNKNOWN_FORMAT");
    expect(code(() => decodeMessage(good))).toBe("JOURNAL_UNKNOWN_FORMAT");
  });
});
