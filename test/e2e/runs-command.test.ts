// `millrace history` and `millrace runs`, as people type them.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openHistory, runHistory } from "../../consumers/run-history/index.ts";
import { until } from "../support/faults/until.ts";
import { isOver, shop } from "../support/run-history/shop.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const run = promisify(execFile);
let directory = "";

interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "millrace-runs-"));
  const app = shop({ log: { kind: "embedded", path: path.join(directory, "log") } });
  // Told by a history that it keeps itself; the one that is asked is made afterwards.
  const own = path.join(directory, "own.db");
  app.createSink({ id: "run-history", journal: runHistory(own) });
  await app.start();
  await app.send({ name: "order/placed", data: { n: 5 }, id: "placed-5", key: "k5" });
  await until("the order is over", () => isAllOver(own));
  await app.stop();
  const place = ["--path", path.join(directory, "log"), "--file", path.join(directory, "h.db")];
  const { code, stderr } = await millrace("history", "--app", "shop", ...place);
  if (code !== 0) throw new Error(stderr);
}, 60_000);

function isAllOver(file: string): boolean {
  const db = openHistory(file);
  try {
    return isOver(db, 1);
  } finally {
    db.close();
  }
}

afterAll(() => rm(directory, { recursive: true, force: true }));

async function millrace(...args: string[]): Promise<Said> {
  try {
    const said = await run(process.execPath, ["--conditions=@millrace/source", path.join(ROOT, "cli/main.ts"), ...args], {
      cwd: directory,
    });
    return { code: 0, ...said };
  } catch (error) {
    return error as Said;
  }
}

test("lists runs, as lines or as JSON, and shows one with all that it did and led to", async () => {
  const listed = await millrace("runs", "list", "--history", "h.db", "--function", "order", "--since", "1 hour", "--json");
  const [order] = listed.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { id: string; status: string });
  expect(order?.status).toBe("completed");
  const failed = await millrace("runs", "list", "--history", "h.db", "--status", "failed");
  expect(failed.stdout).toMatch(/^RUN .*\n\S+ {2}\S+ {2}failed {2}ship .*order\/paid .*\d+ ms {2}\S*Error: no label\n$/);
  const shown = await millrace("runs", "show", order?.id ?? "", "--history", "h.db");
  const wanted = [
    "event order/placed placed-5",
    "run reserve#0: completed",
    "attempt 1 failed: RetryAfterError: none left",
    "sent order/paid",
    "wait shipped#0: resolved",
  ];
  for (const text of [...wanted, "sent order/paid", "(paid#0)", "triggered ship", "(failed)", "ship/on-failure"])
    expect(shown.stdout).toContain(text);
  const json = await millrace("runs", "show", order?.id ?? "", "--history", "h.db", "--json");
  expect(JSON.parse(json.stdout)).toMatchObject({ functionId: "order", lineage: { isCut: false } });
});

test("what cannot be answered has a code", async () => {
  expect(await millrace("runs", "list", "--history", "nowhere.db")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("HISTORY_NOT_THERE") as string,
  });
  expect(await millrace("runs", "list", "--history", "h.db", "--status", "lost")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("CLI_BAD_STATUS") as string,
  });
  expect(await millrace("runs", "show", "nobody", "--history", "h.db")).toMatchObject({
    code: 4,
    stderr: expect.stringContaining("CLI_NO_RUN") as string,
  });
});
