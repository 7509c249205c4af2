// An app with a codec on a log in memory: it goes on from before, its events have limits as ever, and a record that cannot be opened stops its source.
import { randomBytes } from "node:crypto";
import pino from "pino";
import { expect, test, vi } from "vitest";
import { aesGcmCodec, Millrace, type Codec, type MillraceOptions } from "../../../engine/sdk/index.ts";
import { openEmbeddedLog } from "../../../engine/log/embedded/embedded-log.ts";
import { headOf } from "../../../engine/log/encrypted/envelope.ts";
import type { Log } from "../../../engine/log/log.ts";

const codec = aesGcmCodec({ keys: { first: randomBytes(32) }, current: "first" });

function appOn(log: Log, ended: unknown[], options: Partial<MillraceOptions> & { readonly codec?: Codec } = {}): Millrace {
  const app = new Millrace({ id: "shop", partitions: 1, logger: pino({ level: "silent" }), ...options }, { log });
  app.createFunction({ id: "f", triggers: [{ event: "go" }] }, async ({ step, event }) => {
    ended.push(await step.run("keep", () => event.data as unknown));
  });
  return app;
}

test("an app that gets a codec goes on where it was, and what was plain is read beside what is not", async () => {
  const log = await openEmbeddedLog({ path: ":memory:" });
  const ended: unknown[] = [];
  const plain = appOn(log, ended);
  await plain.start();
  await plain.send({ name: "go", data: "plain" });
  await vi.waitFor(() => expect(ended).toEqual(["plain"]), 15_000);
  await plain.stop();
  const encrypted = appOn(log, ended, { codec });
  await encrypted.start();
  await encrypted.send({ name: "go", data: "encrypted" });
  await vi.waitFor(() => expect(ended).toEqual(["plain", "encrypted"]), 15_000);
  await encrypted.stop();
  await log.close();
});

test("an event as large as may be goes through, and a result of a step as well (R15)", async () => {
  const log = await openEmbeddedLog({ path: ":memory:" });
  const ended: string[] = [];
  const app = appOn(log, ended, { codec });
  await app.start();
  const largest = "x".repeat(1024 * 1024 - 2);
  await app.send({ name: "go", data: largest });
  await vi.waitFor(() => expect(ended.map(({ length }) => length)).toEqual([largest.length]), 15_000);
  await expect(app.send({ name: "go", data: `${largest}x` })).rejects.toMatchObject({ code: "EVENT_TOO_LARGE" });
  await app.stop();
  await log.close();
});

test("a record that only looks encrypted stops its source alone, by its offset, and is passed over where people say so (R11)", async () => {
  const log = await openEmbeddedLog({ path: ":memory:" });
  const ended: unknown[] = [];
  const first = appOn(log, ended, { codec });
  await first.start();
  await first.send({ name: "go", data: "before" });
  await vi.waitFor(() => expect(ended).toEqual(["before"]), 15_000);
  const forged = Buffer.concat([headOf("value", "nobody's"), randomBytes(64)]);
  await log.append({ topic: "shop.events", partition: 0 }, [{ key: null, value: forged, headers: { ce_type: "go", ce_id: "1" } }]);
  await first.send({ name: "go", data: "behind" });
  await vi.waitFor(() => expect(first.status()[0]?.problems.join()).toMatch(/offset 1 is encrypted with the key "nobody's"/), 15_000);
  expect(first.status()[0]).toMatchObject({ status: "RUNNING" });
  await first.stop();
  const second = appOn(log, ended, { codec, skipMissing: [{ topic: "shop.events", partition: 0, to: 2 }] });
  await second.start();
  await vi.waitFor(() => expect(ended).toEqual(["before", "behind"]), 15_000);
  await second.stop();
  await log.close();
});
