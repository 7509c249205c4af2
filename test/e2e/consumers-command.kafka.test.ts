// `millrace consumers` as people follow the guide: a new version is deployed beside the old one, watched, compared and swapped.
import { execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import pino from "pino";
import { expect, test } from "vitest";
import { Millrace, type MillraceOptions } from "../../engine/sdk/index.ts";
import { openKafkaLog } from "../../engine/log/kafka/kafka-log.ts";
import { appTopics } from "../../engine/task/app-topics.ts";
import { auditPage } from "../../server/audit/audit-pages.ts";
import { until } from "../support/faults/until.ts";
import { kafkaBrokers } from "../support/kafka/brokers.ts";
import { said } from "./client/shell.ts";

interface Events {
  "order/placed": { readonly customer: string; readonly net: number };
}

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const MAIN = path.resolve(import.meta.dirname, "../../cli/main.ts");

async function millrace(...args: string[]): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(process.execPath, ["--conditions=@millrace/source", MAIN, ...args], (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr }),
    );
  });
}

/** A process of one version, in all but the process. */
function shop(options: Pick<MillraceOptions, "id" | "log">, version: number, factor: number, handled: string[]): Millrace<Events> {
  const app = new Millrace<Events>({ ...options, partitions: 2, logger: pino({ level: "silent" }) });
  app.createConsumer({
    id: "customers",
    version,
    events: ["order/placed"],
    from: "beginning",
    key: "event.data.customer",
    state: { spent: (spent: number | undefined, event): number => (spent ?? 0) + factor * event.data.net },
    handle: ({ event }) => void handled.push(`${version} ${event.id}`),
  });
  return app;
}

test("a new version is watched, refused where it differs, and swapped; the old one is idle, and both can be paused", async () => {
  const id = `swapped-${randomUUID().slice(0, 8)}`;
  const log = { kind: "kafka" as const, brokers: [...kafkaBrokers()] };
  const handled: string[] = [];
  const apps = [shop({ id, log }, 1, 1, handled), shop({ id, log }, 2, 2, handled)] as const;
  const flags = ["--app", id, "--brokers", kafkaBrokers().join(","), "--consumer", "customers"];
  const send = async (n: number): Promise<void> => {
    const events = Array.from({ length: 20 }, (_, index) => ({
      name: "order/placed" as const,
      id: `${n}-${index}`,
      key: `any-${index}`,
      data: { customer: `c${index % 3}`, net: index },
    }));
    await apps[0].send(events);
  };
  try {
    for (const app of apps) await app.start();
    await send(1);
    await until("the old one handled them", () => handled.length === 20);
    /** Both versions' partitions, all four; null where somebody has not answered. */
    const shown = async (): Promise<readonly Readonly<Record<string, unknown>>[] | null> => {
      const { code, stdout } = await millrace("consumers", "show", "--json", ...flags);
      const lines = stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Record<string, unknown>]));
      return code === 0 && lines.length === 4 ? lines : null;
    };
    const before = await until("both have read everything", async () => {
      const lines = await shown();
      return lines?.every(({ lag, waiting }) => lag === 0 && waiting === 0) === true ? lines : null;
    });
    expect(before.map(({ version, partition, mode }) => [version, partition, mode])).toEqual([
      [1, 0, "active"],
      [1, 1, "active"],
      [2, 0, "building"],
      [2, 1, "building"],
    ]);
    const refused = await millrace("consumers", "swap", ...flags, "--to", "2", "--compare", "refuse");
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("SWAP_DIFFERS") as string });
    expect(refused.stderr).toContain("3 of 3 values differ");
    await send(2);
    await until("the old one handled them", () => handled.length === 40);
    const swapped = await millrace("consumers", "swap", ...flags, "--to", "2", "--compare", "report");
    expect(swapped).toMatchObject({ code: 0, stderr: expect.stringContaining(`${id}.customers.journal`) as string });
    expect(JSON.parse(swapped.stdout)).toMatchObject({ consumer: "customers", from: 1, to: 2, compared: { total: 3, different: 3 } });
    await send(3);
    await until("the new one handled them", () => handled.length === 60);
    expect(handled.map((one) => one.slice(0, 3)).toSorted()).toEqual(
      ["1 1", "1 2", "2 3"].flatMap((one) => Array.from({ length: 20 }, () => one)),
    );
    expect((await millrace("consumers", "pause", ...flags)).stdout.split("\n")).toHaveLength(3);
    const paused = await until("all are paused", async () => {
      const lines = await shown();
      return lines?.every(({ isPaused }) => isPaused === true) === true ? lines : null;
    });
    expect(paused.map(({ mode }) => mode)).toEqual(["retired", "retired", "active", "active"]);
    expect((await millrace("consumers", "resume", ...flags, "--consumer-version", "2")).code).toBe(0);
    await send(4);
    await until("it goes on", () => handled.length === 80);
    await apps[0].stop();
    // The old one is stopped for good: the new one is shown all the same, and what was done is done.
    const again = await millrace("consumers", "swap", ...flags, "--to", "2");
    expect(again).toMatchObject({ code: 0 });
    const rest = await millrace("consumers", "show", ...flags);
    expect(rest).toMatchObject({ code: 1, stderr: expect.stringContaining("SWAP_NO_ANSWER") as string });
    expect(rest.stdout.match(/^ +2 +\d +active +0 +0 /gm)).toHaveLength(2);
  } finally {
    await Promise.all(apps.map((app) => app.stop()));
  }
});

test("a swap that is ended by Ctrl-C says what stands still and how to go on, and both are in the audit", async () => {
  const id = `stopped-${randomUUID().slice(0, 8)}`;
  const log = { kind: "kafka" as const, brokers: [...kafkaBrokers()] };
  const old = shop({ id, log }, 1, 1, []);
  const fresh = [shop({ id, log }, 2, 1, []), shop({ id, log }, 2, 1, [])] as const;
  const words = ["consumers", "swap", "--app", id, "--brokers", kafkaBrokers().join(","), "--consumer", "customers", "--to", "2"];
  const reader = await openKafkaLog({ brokers: kafkaBrokers() });
  const audited = async (): Promise<readonly (readonly [string, string])[]> => {
    const question = { limit: 10, before: null, target: "customers" };
    const { items } = await auditPage(reader, appTopics(id), question, AbortSignal.timeout(10_000));
    return items.toReversed().map(({ operation, outcome }) => [operation, outcome] as const);
  };
  try {
    await old.start();
    await fresh[0].start();
    // Nobody answers for it any more.
    await fresh[0].stop();
    const child = spawn(process.execPath, ["--conditions=@millrace/source", MAIN, ...words]);
    const heard = said(child);
    await until("it is asked for", async () => (await audited()).length > 0);
    child.kill("SIGINT");
    expect(await heard).toMatchObject({
      code: 130,
      out: "",
      err: `stopped: version 1 may stand still, and its events wait until this goes on. To go on: millrace ${words.join(" ")}\n`,
    });
    expect(await audited()).toEqual([
      ["consumer.swap", "asked"],
      ["consumer.swap", "failed"],
    ]);
    await fresh[1].start();
    expect(await millrace(...words)).toMatchObject({ code: 0 });
    expect((await audited()).slice(2)).toEqual([["consumer.swap", "asked"]]);
  } finally {
    await reader.close();
    await Promise.all([old, ...fresh].map((app) => app.stop()));
  }
});

test("beside an embedded log nobody can be asked, and that is said", async () => {
  const directory = await mkdtemp(path.join(tmpdir(), "millrace-alone-"));
  const app = shop({ id: "shop", log: { kind: "embedded", path: directory } }, 1, 1, []);
  await app.start();
  await app.stop();
  const shown = await millrace("consumers", "show", "--app", "shop", "--path", directory, "--consumer", "customers");
  expect(shown).toMatchObject({ code: 1, stderr: expect.stringContaining("CLI_EMBEDDED") as string });
  await rm(directory, { recursive: true, force: true });
});
