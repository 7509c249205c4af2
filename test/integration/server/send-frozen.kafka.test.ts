// A broker that stands still while events are sent: what is answered as sent is in the log, what is refused was not sent, and whoever is told
// neither is told so.
import { request } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openKafkaLog } from "../../../engine/log/kafka/kafka-log.ts";
import type { Log } from "../../../engine/log/log.ts";
import { startCluster } from "../../support/kafka/start.ts";
import type { Cluster } from "../../support/kafka/broker.ts";
import { serveShop, type Answer, type ServedShop } from "../../support/server/served-shop.ts";

const LIMITS = { sendMs: 2_500, slowMs: 800, requestsPerSecond: 100_000 };
const NDJSON = { "content-type": "application/x-ndjson" };

let cluster: Cluster;
let log: Log;
let shop: ServedShop;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 1 });
  log = await openKafkaLog({ brokers: cluster.addresses });
  shop = await serveShop({ log, partitions: 2, options: { limits: LIMITS }, send: { timeoutMs: 20_000 } });
});
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
  await log.close();
  await cluster.close();
});

/** Of answers, in bytes: thousands of lines. */
const ENOUGH = 50_000;

interface Sent {
  readonly id: string;
  readonly answer: Answer;
}

async function send(id: string): Promise<Sent> {
  return { id, answer: await shop.ask("POST", "/events", { name: "noted", data: 1, id }) };
}

/** By id, how often the log has each event. */
async function inLog(): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  for (let partition = 0; partition < 2; partition++) {
    const target = { topic: shop.served.topics.events, partition };
    const end = await log.latestOffset(target);
    const reader = log.openReader({ ...target, from: 0 });
    for (let next = 0; next < end;) {
      const batch = await reader.next();
      for (const { headers } of batch.records) {
        const id = headers["ce_id"]?.toString() ?? "";
        found.set(id, (found.get(id) ?? 0) + 1);
      }
      next = batch.nextOffset;
    }
    reader.close();
  }
  return found;
}

test("one event at a time, from many: none that was accepted is lost, none that was refused is there", async () => {
  const [broker] = cluster.brokers;
  const answers: Sent[] = [];
  let next = 0;
  let isOver = false;
  const sender = async (): Promise<void> => {
    while (!isOver) answers.push(await send(`e-${next++}`));
  };
  const statuses = (): Set<number> => new Set(answers.map(({ answer }) => answer.status));
  const senders = Array.from({ length: 8 }, sender);
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  await until(() => answers.length >= 100);
  await broker?.freeze();
  await until(() => statuses().has(503));
  // While some wait in vain, whoever comes is refused at once, and told when to come again.
  const refused = await send("refused");
  await broker?.thaw();
  const before = answers.length;
  await until(() => answers.slice(before).filter(({ answer }) => answer.status === 200).length >= 100);
  isOver = true;
  await Promise.all(senders);

  expect(refused.answer).toMatchObject({ status: 429, body: { code: "LOG_IS_SLOW" } });
  expect(Number(refused.answer.headers.get("retry-after"))).toBeGreaterThan(0);
  expect([...statuses()].toSorted((a, b) => a - b)).toEqual([200, 429, 503]);
  const found = await inLog();
  for (const { id, answer } of [...answers, refused]) {
    if (answer.status === 200) expect([id, found.has(id)]).toEqual([id, true]);
    if (answer.status === 429) expect([id, found.has(id)]).toEqual([id, false]);
    // Neither: and that is what it is told, of each event by its id.
    if (answer.status === 503) expect(answer.body).toMatchObject({ code: "SEND_UNKNOWN", deliveries: [{ status: "unknown", id }] });
  }
}, 60_000);

test("a stream of lines: each that was answered with its id is in the log, and the others are known by their place", async () => {
  const [broker] = cluster.brokers;
  const count = 200_000;
  const upload = request(`${shop.url}/api/v1/events`, { method: "POST", headers: NDJSON });
  // What it could not send when the answer was over is what was not taken.
  upload.on("error", () => {});
  const text = await new Promise<string>((resolve) => {
    let heard = "";
    upload.on("response", (response) => {
      response.on("data", (chunk: Buffer) => {
        const isFirstHalf = heard.length < ENOUGH;
        heard += chunk.toString();
        if (isFirstHalf && heard.length >= ENOUGH) void broker?.freeze();
      });
      response.on("close", () => resolve(heard));
    });
    let sent = 0;
    const more = (): void => {
      while (sent < count && !upload.destroyed) if (!upload.write(`{"name":"noted","data":1,"id":"l-${sent++}"}\n`)) return;
      upload.end();
    };
    upload.on("drain", more);
    more();
  });
  await broker?.thaw();
  const answers = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { readonly id?: string; readonly code?: string; readonly status?: string });
  const accepted = answers.flatMap(({ id }) => id ?? []);
  expect(accepted.length).toBeGreaterThan(1_000);
  expect(answers.some(({ code, status }) => code === "SEND_UNKNOWN" && status === "unknown")).toBe(true);
  const found = await inLog();
  for (const [index, { id }] of answers.entries()) {
    if (id === undefined) continue;
    expect(id).toBe(`l-${index}`);
    expect(found.has(id)).toBe(true);
  }
  // What has no answer was not sent.
  for (let index = answers.length; index < count; index++) expect(found.has(`l-${index}`)).toBe(false);
}, 60_000);
