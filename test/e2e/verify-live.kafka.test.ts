// What `millrace verify` and `millrace state` say of an app that runs meanwhile, on a real Kafka, in processes of their own.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import path from "node:path";
import pino from "pino";
import { expect, test } from "vitest";
import { Millrace } from "../../engine/sdk/index.ts";
import type { SealedFrame } from "../../engine/task/frame-queue.ts";
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
