// The same with the embedded log: a run that ends its process is quarantined, while its neighbours finish (DESIGN §6).
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import pino from "pino";
import { expect, test } from "vitest";
import { openEmbeddedLog } from "../../../engine/log/embedded/embedded-log.ts";
import { rebuildDigest } from "../../../engine/replay/verify.ts";
import { Millrace } from "../../../engine/sdk/index.ts";
import { appTopics } from "../../../engine/task/app-topics.ts";
import { expectOnlyPoisonQuarantined, neighboursAndPoison } from "../../support/faults/poison.ts";
import { Supervisor } from "../../support/faults/supervisor.ts";

const PARTITIONS = 4;
const NEIGHBOURS = 2_000;

test(`an embedded run that aborts its process is quarantined, and ${NEIGHBOURS} neighbours with steps of a second finish; mended, it is released`, async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "millrace-poison-"));
  const log = { kind: "embedded" as const, path: folder };
  const app = { id: "poison", partitions: PARTITIONS, log };
  const settings = { app, functions: "poisoned" as const, effectsUrl: "" };
  const silent = pino({ level: "silent" });
  try {
    const sender = new Millrace({ ...app, logger: silent });
    await sender.send(neighboursAndPoison(NEIGHBOURS));
    await sender.stop();
    const began = performance.now();
    await using supervisor = new Supervisor(settings);
    await supervisor.settled(PARTITIONS, 1, 280_000);
    const seconds = Math.round((performance.now() - began) / 1_000);
    const { deaths } = supervisor;
    const digests = await supervisor.digests();
    expect(deaths).toBeLessThanOrEqual(10);
    expect(supervisor.saidCode("RUN_QUARANTINED").length).toBe(1);
    await supervisor.stop();

    const read = await openEmbeddedLog({ path: folder });
    const { poison, calledAlone } = await expectOnlyPoisonQuarantined(read, app.id, PARTITIONS, NEIGHBOURS);
    expect(supervisor.alerts).toMatchObject([{ code: "RUN_QUARANTINED", runId: poison, functionId: "poison" }]);
    for (const [partition, { lsn, digest }] of digests) {
      const rebuilt = await rebuildDigest({ log: read, topics: { journal: appTopics(app.id).journal }, partition, untilLsn: lsn });
      expect(rebuilt).toMatchObject({ lsn, digest });
    }
    await read.close();
    console.info(
      `poison-pills, embedded: ${NEIGHBOURS} neighbours, ${deaths} deaths, ${seconds} s; neighbours that were called alone: ${calledAlone}`,
    );

    const people = new Millrace({ ...app, logger: silent });
    await people.release(poison);
    await people.stop();
    await using mended = new Supervisor({ ...settings, functions: "mended" });
    await mended.settled(PARTITIONS, 0, 30_000);
    expect(mended.deaths).toBe(0);
    await mended.stop();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
