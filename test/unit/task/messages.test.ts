// Messages between partitions count once, whatever becomes of their inboxes (R7, R11, R14).
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { encodeMessage, encodeParcel } from "../../../engine/journal/inbox.ts";
import { must } from "../../../engine/core/errors.ts";
import type { JournalRecord } from "../../../engine/workflow/records.ts";
import { arbiterOf } from "../../../engine/workflow/wait/arbiter.ts";
import { turns } from "../../support/fake-clock.ts";
import { Crowd, TOPICS } from "../../support/waits/crowd.ts";

const P = 3;
/** Where waits for `id` 1 are decided, where they begin, and where no one has a part in them. */
const TO = arbiterOf(P, "paid", "n:1");
const FROM = (TO + 1) % P;
const ELSE = (TO + 2) % P;
const INBOX = { topic: TOPICS.inbox, partition: TO };

let crowd: Crowd;

beforeEach(async () => {
  const script = [{ kind: "wait", event: "paid", match: "data.id", timeoutMs: null, lookbackMs: 0 }] as const;
  crowd = await Crowd.open(P, { buyer: { triggers: ["go"], script } });
  crowd.ownAll();
  await pass(2_000);
});

afterEach(() => crowd.close());

async function pass(ms: number): Promise<void> {
  await crowd.clock.advance(ms);
  await turns(20);
}

async function go(): Promise<void> {
  await crowd.send({ name: "go", data: { id: 1 }, partition: FROM });
  await pass(3_000);
}

async function recorded<T extends JournalRecord["type"]>(type: T, partition: number) {
  const all = (await crowd.counted(partition)).map(({ record }) => record);
  return all.filter((record): record is Extract<JournalRecord, { type: T }> => record.type === type);
}

/** How its owner ended. */
function endOf(partition: number): string {
  const end = crowd.owners.findLast((owner) => owner.partition === partition)?.end;
  return end?.kind === "stopped" && "code" in end.error ? String(end.error.code) : (end?.kind ?? "lives");
}

/** Anybody writes to an inbox. */
async function put(value: Buffer | null, partition = TO): Promise<void> {
  await crowd.log.appendAside({ topic: TOPICS.inbox, partition }, [{ key: null, value }]);
  await pass(3_000);
}

test("are numbered from 1 in each direction, confirmed, and decided once though their appends are repeated (R6)", async () => {
  crowd.log.onAppend = ({ target }) => (target.topic === TOPICS.inbox ? { lostAnswers: 2 } : null);
  for (let n = 0; n < 5; n++) await go();
  await crowd.send({ name: "paid", data: { id: 1 }, partition: ELSE });
  await crowd.settle(5_000);
  expect(await recorded("WaitRegistered", TO)).toHaveLength(5);
  expect(await recorded("WaitResolved", FROM)).toHaveLength(5);
  const sent = (await recorded("MessageSent", FROM)).filter(({ to }) => to === TO).map(({ sequence }) => sequence);
  expect(sent).toEqual(sent.map((_, index) => index + 1));
  expect((await recorded("MessagesReceived", TO)).filter(({ from }) => from === FROM).at(-1)?.through).toBe(sent.length);
  expect((await crowd.rebuild(FROM)).outboxes.get(TO)?.pending.size).toBe(0);
});

test("that an owner did not confirm before it died are sent by the next, and decided once", async () => {
  let isDead = false;
  crowd.log.onAppend = ({ target }) => {
    if (isDead || target.topic !== TOPICS.inbox || target.partition !== TO) return null;
    isDead = true;
    return { after: async () => crowd.kill(FROM) };
  };
  await go();
  expect(isDead).toBe(true);
  crowd.own(FROM);
  await crowd.settle(5_000);
  expect(await recorded("WaitRegistered", TO)).toHaveLength(1);
});

describe("an inbox that loses records", () => {
  /** Nobody decides in partition `TO` while its inbox loses what is in it. */
  async function lose(count = 1): Promise<void> {
    crowd.kill(TO);
    const { length } = await crowd.log.readAll(INBOX);
    for (let n = 1; n < count; n++) await crowd.send({ name: "go", data: { id: 1 }, partition: FROM });
    await go();
    for (const partition of crowd.places()) crowd.kill(partition);
    await crowd.log.loseAllBut(TOPICS.inbox, (partition) => (partition === TO ? length : Number.POSITIVE_INFINITY));
    crowd.ownAll();
    await pass(5_000);
  }

  test("has them mended from their sender's journal as soon as the next one comes, and the log says so", async () => {
    await go();
    await lose();
    expect(await recorded("WaitRegistered", TO)).toHaveLength(1);
    await go();
    await pass(3_000);
    expect(await recorded("WaitRegistered", TO)).toHaveLength(3);
    expect(crowd.said.filter(({ code }) => code === "MESSAGES_MISSING")).toMatchObject([{ fields: { partition: TO, from: FROM } }]);
    await crowd.send({ name: "paid", data: { id: 1 }, partition: ELSE });
    await crowd.settle(5_000);
    expect(await recorded("RunCompleted", FROM)).toHaveLength(3);
  });

  test("has them mended from what is left of a journal that was trimmed: whose frames count is learned from there (R3)", async () => {
    await go();
    const journal = { topic: TOPICS.journal, partition: FROM };
    const known = await crowd.log.latestOffset(journal);
    await lose();
    // Neither the claim of who told it nor what came with it is left.
    await crowd.log.trim(journal, known);
    await go();
    await pass(3_000);
    expect(endOf(TO)).toBe("lives");
    expect(await recorded("WaitRegistered", TO)).toHaveLength(3);
  });

  test("has any number of them mended, in their order, a thousand at a time (R16)", async () => {
    await lose(1_500);
    await go();
    await crowd.settle(10_000);
    expect(await recorded("WaitRegistered", TO)).toHaveLength(1_501);
    const through = (await recorded("MessagesReceived", TO)).filter(({ from }) => from === FROM).map((received) => received.through);
    expect(through).toEqual(through.toSorted((a, b) => a - b));
  });

  test("stops its partition where the sender's journal does not have them either", async () => {
    const letter = { sequence: 7, epoch: 99, nonce: 1, body: encodeMessage({ type: "WatermarkReached", time: 1 }) };
    await put(encodeParcel({ from: ELSE, messages: [letter] }));
    expect(endOf(TO)).toBe("MESSAGES_LOST");
    expect([endOf(FROM), endOf(ELSE)]).toEqual(["lives", "lives"]);
  });

  test("stops being read where what was deleted was not decided, visibly (R11)", async () => {
    await go();
    crowd.kill(TO);
    await go();
    await crowd.log.trim(INBOX, await crowd.log.latestOffset(INBOX));
    crowd.own(TO);
    await pass(3_000);
    expect(crowd.said.map(({ code }) => code)).toContain("SOURCE_MISSING_HISTORY");
    expect(crowd.ownerOf(TO)?.task.problems().join()).toContain("offsets");
  });

  test("and was made anew stops being read, visibly (R11)", async () => {
    await go();
    crowd.kill(TO);
    await crowd.log.loseAllBut(TOPICS.inbox, 0);
    crowd.own(TO);
    await pass(3_000);
    expect(crowd.said.map(({ code }) => code)).toContain("SOURCE_PAST_END");
  });
});

describe("a sender whose journal lost what it had acknowledged", () => {
  async function lastFrom(): Promise<{ readonly sequence: number; readonly epoch: number; readonly nonce: number }> {
    await go();
    return must((await crowd.rebuild(TO)).senders.get(FROM), "the sender");
  }

  const body = encodeMessage({ type: "WatermarkReached", time: 1 });

  test("and tells something else under a number that is known stops the partition that it tells", async () => {
    const last = await lastFrom();
    await put(encodeParcel({ from: FROM, messages: [{ ...last, epoch: last.epoch + 1, nonce: 5, body }] }));
    expect(endOf(TO)).toBe("MESSAGES_REWRITTEN");
  });

  test("is found by an earlier number of a later owner, before it comes to that", async () => {
    await go();
    const last = await lastFrom();
    expect(last.sequence).toBeGreaterThan(1);
    await put(encodeParcel({ from: FROM, messages: [{ sequence: 1, epoch: last.epoch + 1, nonce: 5, body }] }));
    expect(endOf(TO)).toBe("MESSAGES_REWRITTEN");
  });

  test("is not what tells the same again is taken for", async () => {
    const last = await lastFrom();
    await put(encodeParcel({ from: FROM, messages: [{ ...last, body }] }));
    expect(endOf(TO)).toBe("lives");
  });
});

describe("what is none of ours in an inbox", () => {
  test.each([
    ["no bytes", null],
    ["other bytes", Buffer.from("hello")],
    ["a parcel of a partition that there is not", encodeParcel({ from: P, messages: [] })],
    [
      "a command of people that is none",
      encodeParcel({ from: -1, messages: [{ sequence: 0, epoch: -1, nonce: 0, body: encodeMessage({ type: "AskWatermark", time: 1 }) }] }),
    ],
    [
      "a command of people that nobody can read",
      encodeParcel({ from: -1, messages: [{ sequence: 0, epoch: -1, nonce: 0, body: Buffer.from("x") }] }),
    ],
  ])("is set aside as a dead letter, and stops nothing: %s", async (_, value) => {
    await put(value);
    expect(endOf(TO)).toBe("lives");
    expect(crowd.said).toMatchObject([{ code: "INBOX_RECORD_UNREADABLE", fields: { topic: TOPICS.inbox, partition: TO } }]);
    const letters = await crowd.log.readAll({ topic: TOPICS.deadLetter, partition: TO });
    expect(letters.map(({ headers }) => headers["mr-code"]?.toString())).toEqual(["INBOX_RECORD_UNREADABLE"]);
    await go();
    expect(await recorded("WaitRegistered", TO)).toHaveLength(1);
  });

  test("may be a newer version's, where the app has activated a newer format: that stops the partition, loudly (R14)", async () => {
    const newer = Buffer.from(encodeParcel({ from: FROM, messages: [] }));
    newer[5] = (newer[5] ?? 0) ^ 0xff;
    await put(newer);
    expect(endOf(TO)).toBe("lives");
    crowd.format += 1;
    await put(newer);
    expect(endOf(TO)).toBe("JOURNAL_UNKNOWN_FORMAT");
  });
});
