// The command `millrace schemas serve`, as a process of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openEmbeddedLog } from "../../../engine/log/embedded/embedded-log.ts";
import { openTopicRegistry } from "../../../engine/schemas/registry/topic-registry.ts";
import { appTopics } from "../../../engine/task/app-topics.ts";
import { topicSpecs } from "../../../engine/worker/topic-specs.ts";
import { ORDER_V1 } from "../schemas/registry/event-schemas.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const SUBJECT = "shop.events-shop.Order";

let folder: string;
let id: number;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "millrace-serve-"));
  const log = await openEmbeddedLog({ path: folder });
  const topics = appTopics("shop");
  await log.createTopics(topicSpecs({ topics, partitions: 1, maxEventBytes: 1024 * 1024, fsync: "auto" }));
  const registry = await openTopicRegistry({ log, topic: topics.schemas });
  id = await registry.register(SUBJECT, ORDER_V1);
  await registry.close();
  await log.close();
});

afterEach(() => rm(folder, { recursive: true, force: true }));

test("schemas are served until the command is interrupted, and it ends well", { timeout: 120_000 }, async () => {
  const flags = ["schemas", "serve", "--app", "shop", "--path", folder, "--port", "0"];
  const child = spawn(process.execPath, ["--conditions=@millrace/source", path.join(ROOT, "cli/main.ts"), ...flags], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const [line] = (await Promise.race([once(createInterface(child.stdout), "line"), ended])) as [unknown];
  const url = /http:\S+$/.exec(String(line))?.[0];
  const answer = await fetch(`${url}/subjects/${SUBJECT}/versions/latest`);
  expect(await answer.json()).toMatchObject({ version: 1, id, schema: ORDER_V1.text });
  child.kill("SIGINT");
  expect(await ended).toEqual([0, null]);
});
