// What `millrace verify` and `millrace state` say of an app that runs meanwhile, on a real Kafka, in processes of their own.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import path from "node:path";
import pino from "pino";
import { expect, test } from "vitest";
import { must } from "../../engine/core/errors.ts";
import { encodeFrame } from "../../engine/journal/frame-formats.ts";
import { decodeMessage, decodeParcel } from "../../engine/journal/inbox.ts";
import { openKafkaLog } from "../../engine/log/kafka/kafka-log.ts";
import type { Log, TopicPartition } from "../../engine/log/log.ts";
import { Millrace } from "../../engine/sdk/index.ts";
import { appTopics } from "../../engine/task/app-topics.ts";
import type { SealedFrame } from "../../engine/task/frame-queue.ts";
import { restore } from "../../engine/task/restore.ts";
import { emptyState } from "../../engine/workflow/state.ts";
import { until } from "../support/faults/until.ts";
import { kafkaBrokers } from "../support/kafka/brokers.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const PARTITIONS = 3;

test("verify proves each running task equal to its journal, and state tells what was open at a past time (R1)", async () => {
  const id = `verify-${randomUUID().slice(0, 8)}`;
  const brokers = kafkaBrokers();
  const naps: string[] = [];
  const onFrame = (_: number, { records }: SealedFrame): void => {
    for (const record of records) if (record.type === "SleepStarted") naps.push(record.run);
  };
  const app = new Millrace(
    { id, log: { kind: "kafka", brokers: [...brokers] }, partitions: PARTITIONS, logger: pino({ level: "silent" }) },
    { onFrame },
  );
  app.createFunction({ id: "nap", triggers: [{ event: "go" }] }, async ({ event, step }) => {
    await step.run("first", () => event.data as unknown);
    await step.sleep("long", "1 day");
  });
  await app.start();
  try {
    for (const key of ["a", "b", "c", "d"]) await app.send({ name: "go", data: { key }, key });
    await until("four runs sleep", () => naps.length === 4);

    const before = await millrace("state", "--app", id, "--brokers", brokers.join(","), "--json");
    expect(runsIn(before.out)).toEqual([...naps].toSorted());
    const at = Math.max(...lines(before.out).flatMap(({ time }) => (typeof time === "number" ? [time] : [])));
    // The log's clock moves on: what comes is later than what was.
    await until("the next millisecond", () => Date.now() > at + 1);
    for (const key of ["e", "f"]) await app.send({ name: "go", data: { key }, key });
    await until("two more sleep", () => naps.length === 6);

    const past = await millrace("state", "--app", id, "--brokers", brokers.join(","), "--json", "--at", new Date(at).toISOString());
    expect(runsIn(past.out)).toEqual(naps.slice(0, 4).toSorted());
    const now = await millrace("state", "--app", id, "--brokers", brokers.join(","), "--run", naps[5] ?? "");
    expect(now.out).toMatch(/first#0 {2}completed {2}\{"key":"f"\}\n.*long#0 {2}sleeping {2}until 2/);

    const live = await app.digests();
    const verified = await millrace("verify", "--app", id, "--brokers", brokers.join(","));
    expect(verified.err).toContain(`${PARTITIONS} of ${PARTITIONS} partitions are proved equal to their running tasks`);
    expect(lines(verified.out).map((line) => line["live"])).toEqual(
      Array.from({ length: PARTITIONS }, () => ({ digest: expect.any(String) as string, isEqual: true })),
    );
    expect(live.size).toBe(PARTITIONS);
    expect(verified.code).toBe(0);
  } finally {
    await app.stop();
  }

  // Nobody is there to ask: what can be proved is, and the rest is said.
  const alone = await millrace("verify", "--app", id, "--brokers", brokers.join(","), "--live-timeout", "1");
  expect(alone.err).toContain(`0 of ${PARTITIONS} partitions are proved equal`);
  expect(alone.err).toContain("partition 0: no running task answered");
  expect(lines(alone.out).map(({ image }) => image)).toMatchObject(Array.from({ length: PARTITIONS }, () => ({ isEqual: true })));
});

test("a question that nobody is there to hear is answered by the next owner, and a wrong answer is told and fails the command", async () => {
  const id = `verify-${randomUUID().slice(0, 8)}`;
  const brokers = [...kafkaBrokers()];
  const place = ["--app", id, "--brokers", brokers.join(",")];
  const topics = appTopics(id);
  const appOf = (): Millrace => {
    const app = new Millrace({ id, log: { kind: "kafka", brokers }, partitions: 1, logger: pino({ level: "silent" }) });
    app.createFunction({ id: "f", triggers: [{ event: "go" }] }, () => null);
    return app;
  };
  const log = await openKafkaLog({ brokers });
  const inbox = { topic: topics.inbox, partition: 0 };
  const journal = { topic: topics.journal, partition: 0 };
  let app = appOf();
  try {
    await app.start();
    await app.send({ name: "go", data: null });
    await app.stop();

    const early = await log.latestOffset(inbox);
    const asked = millrace("verify", ...place, "--live-timeout", "60");
    await until("it is asked", async () => (await log.latestOffset(inbox)) > early);
    app = appOf();
    await app.start();
    const heard = await asked;
    expect(heard.err).toContain("1 of 1 partitions are proved equal");
    expect(heard.code).toBe(0);
    // In no time nobody can answer: that is said, and is no error.
    const late = await millrace("verify", ...place, "--live-timeout", "0");
    expect(late.err).toContain("partition 0: no running task answered");
    expect(late.code).toBe(0);
    await app.stop();

    // Somebody answers in the owner's place, with a digest that is not that of the journal.
    const before = await log.latestOffset(inbox);
    const forged = millrace("verify", ...place, "--live-timeout", "60");
    const nonce = await until("it is asked again", async () =>
      (await log.latestOffset(inbox)) > before ? questionAt(log, inbox, before) : null,
    );
    const state = emptyState(0, 1);
    await restore({ log, journal, state, signal: new AbortController().signal });
    const frame = {
      epoch: must(state.owner, "an owner").epoch,
      nonce: must(state.owner, "an owner").nonce,
      lsn: state.lsn + 1,
      time: state.time,
      inputs: [],
      records: [{ type: "DigestTold", nonce, of: state.lsn, digest: "0123" } as const],
    };
    await log.append(journal, [{ key: null, value: encodeFrame(frame) }]);
    const wrong = await forged;
    expect(wrong.err).toContain("CLI_STATE_WRONG: partition 0: the running task has another state than its journal says");
    expect(lines(wrong.out)).toMatchObject([{ partition: 0, live: { digest: "0123", isEqual: false } }]);
    expect(wrong.err).toContain("0 of 1 partitions are proved equal");
    expect(wrong.code).toBe(1);
  } finally {
    await app.stop();
    await log.close();
  }
});

test("state is told before an entry, or as of a time, and a journal that has lost its beginning is said to have (R11)", async () => {
  const id = `verify-${randomUUID().slice(0, 8)}`;
  const brokers = [...kafkaBrokers()];
  const state = (...args: string[]): ReturnType<typeof millrace> => millrace("state", "--app", id, "--brokers", brokers.join(","), ...args);
  let naps = 0;
  const onFrame = (_: number, { records }: SealedFrame): void => {
    naps += records.filter(({ type }) => type === "SleepStarted").length;
  };
  const app = new Millrace({ id, log: { kind: "kafka", brokers }, partitions: 2, logger: pino({ level: "silent" }) }, { onFrame });
  app.createFunction({ id: "nap", triggers: [{ event: "go" }] }, ({ step }) => step.sleep("long", "1 day"));
  await app.start();
  for (const key of ["a", "b", "c", "d"]) await app.send({ name: "go", data: null, key });
  await until("four runs sleep", () => naps === 4);
  await app.stop();

  expect(runsIn((await state("--json")).out)).toHaveLength(4);
  expect((await state("--offsets", "0:0")).out).toBe("partition 0: nothing was decided yet; 0 open runs, 0 queued\n");
  expect(runsIn((await state("--offsets", "1:999999, 0:999999", "--json")).out)).toHaveLength(4);
  expect((await state("--at", "7 days")).out).toMatch(/^(partition [01]: nothing was decided yet; 0 open runs, 0 queued\n){2}$/);
  for (const [args, said, code] of [
    [["--offsets", "2:0"], "CLI_NO_PARTITION", 4],
    [["--offsets", "0-5"], "CLI_BAD_NUMBER", 2],
    [["--at", "noon"], "CLI_BAD_TIME", 2],
    [["--at", "1 day", "--offsets", "0:1"], "CLI_BAD_TIME", 2],
  ] as const) {
    expect(await state(...args)).toMatchObject({ code, out: "", err: expect.stringContaining(said) as string });
  }

  const log = await openKafkaLog({ brokers });
  await log.trim({ topic: appTopics(id).journal, partition: 0 }, 1);
  await log.close();
  const beheaded = await state("--json");
  expect(beheaded.err).toContain("JOURNAL_NO_HISTORY");
  expect(beheaded.code).toBe(1);
  // The other partition is told all the same.
  expect(lines(beheaded.out)[0]).toMatchObject({ partition: 1 });
  const verified = await millrace("verify", "--app", id, "--brokers", brokers.join(","), "--no-live");
  expect(verified.err).toContain("JOURNAL_NO_HISTORY");
  expect(lines(verified.out)).toMatchObject([{ partition: 1 }]);
  expect(verified.code).toBe(1);
});

/** What asks for a digest asks by this. */
async function questionAt(log: Log, inbox: TopicPartition, offset: number): Promise<string> {
  const reader = log.openReader({ ...inbox, from: offset });
  try {
    const [record] = (await reader.next()).records;
    const [letter] = decodeParcel(record?.value ?? null).messages;
    const message = decodeMessage(must(letter, "a letter").body);
    return message.type === "AskDigest" ? message.nonce : "";
  } finally {
    reader.close();
  }
}

function runsIn(text: string): readonly string[] {
  const runs = lines(text).flatMap(({ run }) => (typeof run === "string" ? [run] : []));
  return runs.toSorted();
}

async function millrace(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [path.join(ROOT, "cli/main.ts"), ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const said = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said.out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said.err += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...said };
}

function lines(text: string): readonly Record<string, unknown>[] {
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
