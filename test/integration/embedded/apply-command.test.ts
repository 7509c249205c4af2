// millrace replay --apply on the embedded log, where nobody executes meanwhile: what it refuses, what it leaves out, and that it can be interrupted.
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { appendFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Readable } from "node:stream";
import pino from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DryRunReport } from "../../../engine/replay/dry-run/report.ts";
import { Millrace } from "../../../engine/sdk/index.ts";
import type { JournalRecord } from "../../../engine/workflow/records.ts";
import { declareBill, type ShopEvents } from "../../support/replay/bill.ts";
import type { ShopSettings } from "../../support/replay/shop.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const SHOP = path.join(ROOT, "test/support/replay/shop.ts");
const ORDERS = 24;
/** Every third is reduced, every second of those is of a hundred or more. */
const AFFECTED = 4;
let directory: string;
let found: DryRunReport;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "millrace-apply-"));
  await executing("wrong", ORDERS, async (app) => {
    await app.send(
      Array.from({ length: ORDERS }, (_, order) => ({
        name: "order/placed",
        data: { order, net: order % 2 === 0 ? 200 : 50, reduced: order % 3 === 0 },
      })),
    );
  });
  found = JSON.parse((await replay("--since", "beginning", "--dry-run", "--json")).out) as DryRunReport;
});

afterAll(() => rm(directory, { recursive: true, force: true }));

test("a dry run names the runs that are affected", () => {
  expect(found.counts).toMatchObject({ "different-result": AFFECTED, same: ORDERS - AFFECTED });
});

test.each([
  ["an odd choice", ["--since", "beginning", "--emit", "some"], /--emit is changed, all, none, not "some"/],
  ["an odd rate", ["--since", "beginning", "--rate", "fast"], /--rate is a number of runs a second such as 50\/s/],
  ["an end before the beginning", ["--since", "2026-11-20", "--until", "2026-11-19"], /--until is not after --since/],
  ["a dry run as well", ["--since", "beginning", "--dry-run"], /leave out --apply, or --dry-run/],
  ["an operation without a name", ["--since", "beginning", "--id", "a b"], /--id is 1 to 64 letters/],
  ["no time", [], /say since when/],
  ["a report, and what it says already", ["--report", "none.json", "--since", "1 day", "--all"], /leave out --since, --all/],
  ["a report that is not there", ["--report", "none.json"], /CLI_BAD_FILE/, 2],
])("%s is refused before anything is looked at", async (_, args, said, exit = 2) => {
  const { code, out, err } = await replay("--apply", ...args);
  expect(err).toMatch(said);
  expect(err).not.toContain("    at ");
  expect({ code, out }).toEqual({ code: exit, out: "" });
});

test("a report that was edited: what is not in it is left alone, what is not known is told, and steps that there are not are passed over", async () => {
  const [first, second, third] = found.runs;
  const stranger = { ...third, run: `${third?.run.slice(0, -4)}ZZZZ` };
  const edited = { ...found, runs: [{ ...first, keep: ["no such#0", ...(first?.keep ?? [])] }, { ...second, verdict: "same" }, stranger] };
  const { code, out } = await replay("--apply", "--report", await fileOf(edited), "--id", "edited", "--json");
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({
    told: { [first?.run ?? ""]: expect.any(String) as string },
    unknown: [stranger.run],
    running: [],
  });
  const { records } = await executing("mended", 1);
  expect(records.filter(({ type }) => type === "StepAdopted")).toHaveLength(first?.keep.length ?? 0);
  expect(records.map(({ type }) => type)).not.toContain("RunParked");
});

test("who is interrupted, and somebody else, give the same report again: each run is repeated once", async () => {
  const report = await fileOf(found);
  const applying = command("--apply", "--report", report, "--rate", "1");
  applying.stderr.setEncoding("utf8");
  let told = "";
  for await (const text of applying.stderr) {
    told += text;
    if (told.includes("operation report-")) break;
  }
  applying.kill("SIGINT");
  await once(applying, "exit");
  const operation =
    /operation (report-\w+): should this be interrupted, it goes on with millrace replay .*--rate 1\n/.exec(told)?.[1] ?? "";

  // Neither knows of the other: nobody has carried out what the first told.
  const rest = await replay("--apply", "--report", report, "--rate", "0");
  const others = await replay("--apply", "--report", await fileOf(found), "--rate", "0");
  for (const { out } of [rest, others]) {
    expect(out).toContain(`3 runs repeated, operation ${operation}\n`);
    expect(out).toContain("1 are not in the journals as the report has them");
    expect(out).toContain("the commands are in the log: they are carried out when the app runs");
  }
  const { records } = await executing("mended", AFFECTED - 1);
  expect(records.filter(({ type }) => type === "RerunStarted")).toHaveLength(AFFECTED - 1);

  const again = await replay("--apply", "--report", report);
  expect(again.out).toContain(`0 runs repeated, operation ${operation}\n  3 had been repeated by this operation before`);
  const after = await replay("--since", "beginning", "--dry-run");
  expect(after.out).toMatch(new RegExp(`${ORDERS} {2}the same`));
  expect(after.code).toBe(0);
});

test("--where and --until say which: of all, from their start", async () => {
  const { out, code } = await replay(
    "--apply",
    "--all",
    "--since",
    "beginning",
    "--where",
    "event.data.order == 3",
    "--id",
    "one",
    "--json",
  );
  expect(Object.keys((JSON.parse(out) as { told: object }).told)).toHaveLength(1);
  expect(code).toBe(0);
  const none = await replay("--apply", "--all", "--since", "beginning", "--until", "1 day", "--json");
  expect(JSON.parse(none.out)).toMatchObject({ told: {}, unknown: [] });
  const { records } = await executing("mended", 1);
  expect(records.filter(({ type }) => type === "StepAdopted")).toEqual([]);
  expect((await readFile(effects(), "utf8")).split("\n").filter((line) => line === "reserve 3 again")).toHaveLength(1);
});

/** The app in this process until so many of its runs are over; then nobody has the log. */
async function executing(
  code: ShopSettings["code"],
  ends: number,
  meanwhile: (app: Millrace<ShopEvents>) => Promise<unknown> = () => Promise.resolve(),
): Promise<{ readonly records: readonly JournalRecord[] }> {
  const records: JournalRecord[] = [];
  const over = Promise.withResolvers<void>();
  const { id, log, partitions } = settings(code);
  const app = new Millrace<ShopEvents>(
    { id, log, partitions, logger: pino({ level: "silent" }) },
    {
      onFrame: (_, frame) => {
        records.push(...frame.records);
        if (records.filter(({ type }) => type === "RunCompleted").length >= ends) over.resolve();
      },
    },
  );
  declareBill(app, code, (line) => appendFileSync(effects(), `${line}\n`));
  await app.start();
  await meanwhile(app);
  await over.promise;
  await app.stop();
  return { records };
}

function effects(): string {
  return path.join(directory, "effects");
}

function settings(code: ShopSettings["code"]): ShopSettings {
  return { id: "shop", log: { kind: "embedded", path: path.join(directory, "log") }, code, effects: effects(), partitions: 2 };
}

async function fileOf(report: object): Promise<string> {
  const file = path.join(await mkdtemp(path.join(directory, "report-")), "found.json");
  await writeFile(file, JSON.stringify(report));
  return file;
}

function command(...args: string[]): ChildProcessByStdio<null, Readable, Readable> {
  return spawn(process.execPath, [path.join(ROOT, "cli/main.ts"), "replay", SHOP, "--function", "bill", ...args], {
    env: { ...process.env, MILLRACE_SHOP: JSON.stringify(settings("mended")) },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function replay(...args: string[]): Promise<Said> {
  const child = command(...args);
  const said = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said.out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said.err += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...said };
}

interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}
