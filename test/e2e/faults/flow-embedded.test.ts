// The embedded log: what people told a function while no worker ran, and what waits, is there again after every kill.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import pino from "pino";
import { expect, test } from "vitest";

import { lastStates, leftIn } from "../../../examples/flow-control/demo/left-over.ts";
import { openEmbeddedLog } from "../../../engine/log/embedded/embedded-log.ts";
import { Millrace } from "../../../engine/sdk/index.ts";
import { appTopics } from "../../../engine/task/app-topics.ts";
import { LimitMeter, mostAtOnce } from "../../support/faults/limit-meter.ts";
import { LIMITS, type LimitedData } from "../../support/faults/limited.ts";
import { until } from "../../support/faults/until.ts";
import { WorkerProcess } from "../../support/faults/worker-process.ts";

const PARTITIONS = 2;
const EVENTS = 30;

test("a pause that is told between two workers holds through kills, what waits starts when it ends, and kills leave no slot behind", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "millrace-faults-"));
  await using meter = await LimitMeter.start();
  const app = { id: "embedded", partitions: PARTITIONS, log: { kind: "embedded" as const, path: folder } };
  const hire = async (): Promise<WorkerProcess> => {
    const worker = new WorkerProcess({ app, functions: "limited", effectsUrl: meter.url });
    await worker.started;
    return worker;
  };
  const tell = async (say: (people: Millrace) => Promise<void>): Promise<void> => {
    const people = new Millrace({ ...app, logger: pino({ level: "silent" }) });
    await say(people);
    await people.stop();
  };
  let worker: WorkerProcess | null = null;

  try {
    await tell((people) => people.pause("limited"));
    worker = await hire();
    const data: LimitedData = { url: meter.url, key: "a", holdMs: 30 };
    const asked = (count: number, from: number): { name: string; id: string; data: unknown }[] =>
      Array.from({ length: count }, (_, n) => ({ name: "limited/asked", id: `asked-${from + n}`, data }));
    await worker.ask("send", asked(EVENTS, 0));
    await worker.kill9();
    worker = await hire();
    await worker.ask("send", [...asked(EVENTS, EVENTS), { name: "sharing/asked", id: "sharing", data }]);
    await until("a function that is not paused has run", () => meter.visits.length > 0);
    expect(meter.visits.filter(({ functionId }) => functionId === "limited")).toEqual([]);
    await worker.kill9();

    await tell((people) => people.resume("limited"));
    const runs = (): number => new Set(meter.visits.map(({ run, step }) => `${run} ${step}`)).size;
    // Three steps each, and the one of the other function.
    const steps = 3 * 2 * EVENTS + 1;
    for (const part of [0.3, 0.6]) {
      worker = await hire();
      await until("some of them have run", () => runs() >= part * steps);
      await worker.kill9();
    }
    worker = await hire();
    const last = worker;
    await until(
      "all of them have",
      async () => runs() === steps && (await last.ask("status", null)).every(({ openRuns }) => openRuns === 0),
    );
    await last.kill9();

    expect(mostAtOnce(meter.visits.filter(({ functionId }) => functionId === "limited"))).toBe(LIMITS.limited.perKey);
    const log = await openEmbeddedLog({ path: folder });
    expect((await lastStates(log, appTopics(app.id).journal)).flatMap(leftIn)).toEqual([]);
    await log.close();
  } finally {
    await worker?.kill9();
    await rm(folder, { recursive: true, force: true });
  }
});
