// npm run demo:backfill-history: a function that is deployed today gets the orders of before as well, while new ones come and its worker is killed.
//   npm run demo:backfill-history -- --past 2000 --kills 3
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as passed } from "node:timers/promises";
import { parseArgs } from "node:util";
import { INTERRUPTED, interruption } from "../stage/interruption.ts";
import { pointsOf } from "./orders.ts";
import { Points } from "./points.ts";

const { values } = parseArgs({ options: { past: { type: "string", default: "2000" }, kills: { type: "string", default: "3" } } });
const past = Number(values.past);
const kills = Number(values.kills);
/** Orders that come while the backfill goes on. */
const LIVE = 200;
const LIVE_EVERY_MS = 10;
const KILL_AFTER_MS = 1_000;
const PATIENCE_MS = 90_000;
/** So that it takes a few seconds, and is killed in its midst. */
const rate = Math.max(50, Math.round(past / (2 + kills)));

let underWay: ChildProcess | null = null;
const folder = mkdtempSync(path.join(tmpdir(), "millrace-backfill-history-"));
let code: number;
try {
  code = await Promise.race([perform(), interruption()]);
} finally {
  if (underWay !== null) await kill(underWay);
  rmSync(folder, { recursive: true, force: true });
}
// What was still on its way when Ctrl-C came must not keep this process.
if (code === INTERRUPTED) process.exit(code);
process.exitCode = code;

async function perform(): Promise<number> {
  using points = Points.open(folder);
  say(`${past} orders come, and get receipts. Nobody thinks of points yet.`);
  const old = begin("receipts", 0, past, 0);
  await old.said("done");
  await kill(old.process);

  const all = past + LIVE;
  say(`A new version has a function for points. It counts from its deployment on; a backfill, ${rate} a second, has it do the past.`);
  const until = performance.now() + PATIENCE_MS;
  for (let life = 0; points.totals.orders < all && performance.now() < until; life++) {
    const worker = begin("receipts and points", past, all, LIVE_EVERY_MS, rate);
    await worker.said("started");
    const isLast = life >= kills;
    const isOver = async (): Promise<void> => {
      while (points.totals.orders < all && performance.now() < until) await passed(50);
    };
    await (isLast ? isOver() : Promise.race([passed(KILL_AFTER_MS), isOver()]));
    // What is recorded may be booked a moment later.
    if (isLast) await passed(500);
    await kill(worker.process);
    if (!isLast) say(`  killed ${life + 1}: ${points.totals.orders} of ${all} orders have points`);
  }
  return prove(points, all);
}

function prove({ totals }: Points, all: number): number {
  const isComplete = totals.orders === all;
  const isSingle = totals.bookings === totals.orders;
  const isRight = totals.points === pointsOf(all);
  say(
    `${mark(isComplete)} ${totals.orders} of ${all} orders have points: ${past} from before the function was there, ${LIVE} that came since`,
  );
  say(`${mark(isSingle)} ${totals.bookings - totals.orders} orders have points of two runs`);
  say(`${mark(isRight)} ${totals.points} points, and ${pointsOf(all)} is right`);
  return isComplete && isSingle && isRight ? 0 : 1;
}

interface Begun {
  readonly process: ChildProcess;
  readonly said: (word: string) => Promise<void>;
}

function begin(version: string, first: number, last: number, everyMs: number, backfillRate?: number): Begun {
  const args = [path.join(import.meta.dirname, "worker.ts"), folder, version, first, last, everyMs].map(String);
  if (backfillRate !== undefined) args.push(String(backfillRate));
  const worker = spawn(process.execPath, ["--conditions=@millrace/source", ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, LOG_LEVEL: "error" },
  });
  underWay = worker;
  const heard = new Set<string>();
  const listeners = new Set<() => void>();
  createInterface({ input: worker.stdout }).on("line", (line) => {
    heard.add(line);
    for (const listener of listeners) listener();
  });
  const said = async (word: string): Promise<void> => {
    if (heard.has(word)) return;
    await new Promise<void>((resolve, reject) => {
      listeners.add(() => void (heard.has(word) && resolve()));
      worker.once("exit", () => reject(new Error(`a worker ended before it said "${word}"`)));
    });
  };
  return { process: worker, said };
}

async function kill(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  const gone = once(worker, "exit");
  worker.kill("SIGKILL");
  await gone;
}

function mark(isSo: boolean): string {
  return isSo ? "✓" : "✗";
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
