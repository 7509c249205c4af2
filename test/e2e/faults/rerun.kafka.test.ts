// Runs that a mistake made wrong are repeated on a real Kafka, while workers and the command are killed: each affected one once, and no other.
import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pino from "pino";
import { expect, test } from "vitest";
import { openKafkaLog } from "../../../engine/log/kafka/kafka-log.ts";
import { Millrace } from "../../../engine/sdk/index.ts";
import { appTopics } from "../../../engine/task/app-topics.ts";
import { chanceFor, rounds } from "../../support/faults/chance.ts";
import { until } from "../../support/faults/until.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";
import type { ShopSettings } from "../../support/replay/shop.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const SHOP = path.join(ROOT, "test/support/replay/shop.ts");
const MILLRACE = path.join(ROOT, "cli/main.ts");
const PARTITIONS = 3;
const ORDERS = 120;
/** Every third is reduced, every second of those is of a hundred or more. */
const AFFECTED = Array.from({ length: ORDERS }, (_, order) => order).filter((order) => order % 3 === 0 && order % 2 === 0);
const KILLS = rounds(0.3);

test(`an apply that is killed ${KILLS} times, and so are its workers: each affected run is repeated once from its wrong step, none else`, async () => {
  const chance = chanceFor("rerun");
  const folder = await mkdtemp(path.join(tmpdir(), "millrace-rerun-"));
  const id = `rerun-${randomUUID().slice(0, 8)}`;
  const brokers = [...kafkaBrokers()];
  const effects = path.join(folder, "effects");
  const settings = (code: ShopSettings["code"]): ShopSettings => ({
    id,
    log: { kind: "kafka", brokers, sessionTimeoutMs: 2_000 },
    code,
    effects,
    partitions: PARTITIONS,
  });
  const shop = (code: ShopSettings["code"], ...args: string[]): ChildProcess =>
    spawn(process.execPath, [MILLRACE, ...args], {
      env: { ...process.env, MILLRACE_SHOP: JSON.stringify(settings(code)) },
      stdio: ["ignore", "pipe", "pipe"],
    });
  const replay = (...args: string[]): Promise<Said> =>
    said(shop("mended", "replay", SHOP, "--function", "bill", "--since", "beginning", "--json", ...args));
  await using log = closing(await openKafkaLog({ brokers }));
  const events = (): Promise<readonly SentEvent[]> => eventsIn(log.it, id);
  const sender = new Millrace({ id, log: { kind: "kafka", brokers }, partitions: PARTITIONS, logger: pino({ level: "silent" }) });
  let worker = shop("wrong", "worker", SHOP);
  try {
    await sender.send(
      Array.from({ length: ORDERS }, (_, order) => ({
        name: "order/placed",
        data: { order, net: order % 2 === 0 ? 200 : 50, reduced: order % 3 === 0 },
      })),
    );
    const told = async (name: string): Promise<number> => (await events()).filter((event) => event.name === name).length;
    await until("all are billed", async () => (await told("invoice/sent")) === ORDERS);
    await stopped(worker);

    worker = shop("mended", "worker", SHOP);
    const before = await events();
    const found = JSON.parse((await replay("--dry-run")).out) as { counts: Record<string, number>; runs: { step: string }[] };
    expect(found.counts).toMatchObject({ same: ORDERS - AFFECTED.length, "different-result": AFFECTED.length });
    expect(new Set(found.runs.map(({ step }) => step))).toEqual(new Set(["add tax#0"]));
    // A dry run writes nothing.
    expect(await events()).toEqual(before);

    const operation = ["--apply", "--id", "mend-1", "--rate", "20"];
    for (let kill = 0; kill < KILLS; kill++) {
      const applying = shop("mended", "replay", SHOP, "--function", "bill", "--since", "beginning", ...operation);
      await delay(chance.between(300, 3_000));
      const victim = chance.pick([applying, worker]);
      victim.kill("SIGKILL");
      if (victim === worker) {
        await once(worker, "exit");
        worker = shop("mended", "worker", SHOP);
      }
      await ended(applying);
    }
    const last = await replay(...operation, "--wait");
    expect(last).toMatchObject({ code: 0 });
    const applied = JSON.parse(last.out) as { told: object; before: string[]; running: string[]; unknown: string[] };
    // What was told before and is under way still is told of as running or as done before; none is lost.
    await until("each is corrected", async () => (await told("invoice/sent")) === ORDERS + AFFECTED.length);
    expect(applied).toMatchObject({ unknown: [] });

    // The same command again finds nothing left to do, and a dry run nothing that differs.
    const again = JSON.parse((await replay(...operation)).out) as { told: object };
    expect(again.told).toEqual({});
    await until("nothing differs any more", async () => {
      const { counts } = JSON.parse((await replay("--dry-run")).out) as { counts: Record<string, number> };
      return counts["same"] === ORDERS;
    });

    const all = await events();
    const corrections = all.filter(({ corrects }) => corrects !== null);
    expect(corrections.map(({ data }) => data["order"]).toSorted((a, b) => Number(a) - Number(b))).toEqual(AFFECTED);
    for (const { name, data, corrects } of corrections) {
      expect(name).toBe("invoice/sent");
      expect(data["gross"]).toBe(210);
      const original = before.find((event) => event.id === corrects);
      expect(original?.data).toEqual({ order: data["order"], gross: 246 });
    }
    // What was told already is not told again: neither before the wrong step, nor after it where it is the same.
    expect(all.length).toBe(before.length + AFFECTED.length);

    const lines = (await readFile(effects, "utf8")).trim().split("\n");
    expect(lines.filter((line) => line.startsWith("reserve"))).toHaveLength(ORDERS);
    const printed = lines.flatMap((line) => /^print (\d+) again$/.exec(line)?.[1] ?? []).map(Number);
    expect([...new Set(printed)].toSorted((a, b) => a - b)).toEqual(AFFECTED);

    const verified = await said(shop("mended", "verify", "--app", id, "--brokers", brokers.join(",")));
    expect(verified.err).toContain(`${PARTITIONS} of ${PARTITIONS} partitions are proved equal`);
    expect(verified.code).toBe(0);
  } finally {
    worker.kill("SIGKILL");
    await sender.stop();
    await rm(folder, { recursive: true, force: true });
  }
});

interface SentEvent {
  readonly id: string;
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly corrects: string | null;
}

/** Each once, by its id. */
async function eventsIn(log: Awaited<ReturnType<typeof openKafkaLog>>, app: string): Promise<readonly SentEvent[]> {
  const found = new Map<string, SentEvent>();
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const target = { topic: appTopics(app).events, partition };
    const reader = log.openReader({ ...target, from: 0, mode: "bulk" });
    try {
      for (;;) {
        const { records, nextOffset, highWatermark } = await reader.next();
        for (const { headers, value } of records) {
          const eventId = headers["ce_id"]?.toString() ?? "";
          const data = JSON.parse(value?.toString() ?? "null") as Record<string, unknown>;
          found.set(eventId, {
            id: eventId,
            name: headers["ce_type"]?.toString() ?? "",
            data,
            corrects: headers["ce_corrects"]?.toString() ?? null,
          });
        }
        if (nextOffset >= highWatermark) break;
      }
    } finally {
      reader.close();
    }
  }
  return [...found.values()];
}

interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function said(child: ChildProcess): Promise<Said> {
  const text = { out: "", err: "" };
  child.stdout?.setEncoding("utf8").on("data", (more: string) => (text.out += more));
  child.stderr?.setEncoding("utf8").on("data", (more: string) => (text.err += more));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...text };
}

async function ended(child: ChildProcess): Promise<void> {
  child.stdout?.resume();
  child.stderr?.resume();
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

async function stopped(child: ChildProcess): Promise<void> {
  child.kill("SIGTERM");
  await ended(child);
}

function closing<T extends { close(): Promise<void> }>(it: T): AsyncDisposable & { readonly it: T } {
  return { it, [Symbol.asyncDispose]: () => it.close() };
}
