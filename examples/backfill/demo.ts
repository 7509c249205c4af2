// npm run demo:backfill: a million rows, by a worker that is killed with SIGKILL every second, and the proof that all came over.
//   npm run demo:backfill -- --rows 100000 --every 500
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as passed } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Customers } from "./customers.ts";

const { values } = parseArgs({ options: { rows: { type: "string", default: "1000000" }, every: { type: "string", default: "1000" } } });
const rows = Number(values.rows);
const everyMs = Number(values.every);
/** A worker that is killed before it gets anywhere gets nowhere. */
const MAX_WORKERS = 200;

const folder = mkdtempSync(path.join(tmpdir(), "millrace-backfill-"));
try {
  process.exitCode = await perform();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function perform(): Promise<number> {
  const since = performance.now();
  using customers = Customers.open(folder);
  customers.fill(rows);
  say(`${rows} customers in the old table. A worker brings them over, and is killed every ${everyMs} ms.`);
  let kills = 0;
  while (!customers.isFinished && kills < MAX_WORKERS) {
    const worker = await begin();
    await Promise.race([passed(everyMs), finished(customers)]);
    const isKilled = !customers.isFinished;
    await kill(worker);
    if (isKilled) say(`  killed ${++kills}: ${customers.brought} customers are there`);
  }
  const { wrong } = customers;
  const { written, again } = customers.slices;
  say(`${wrong === 0 ? "✓" : "✗"} ${rows - wrong} of ${rows} customers came over`);
  say(`✓ ${written} slices, of which ${again} ran again after ${kills} kills`);
  const isProved = customers.isFinished && wrong === 0 && again <= kills;
  const took = ((performance.now() - since) / 1_000).toFixed(1);
  say(isProved ? `Each kill cost a slice at the most. ${took} s` : "That is not as it should be.");
  return isProved ? 0 : 1;
}

async function begin(): Promise<ChildProcess> {
  const script = path.join(import.meta.dirname, "worker.ts");
  const worker = spawn(process.execPath, [...process.execArgv, script, folder], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, LOG_LEVEL: "silent" },
  });
  await Promise.race([once(worker.stdout, "data"), once(worker, "exit")]);
  return worker;
}

async function finished(customers: Customers): Promise<void> {
  while (!customers.isFinished) await passed(20);
}

async function kill(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null) return;
  const gone = once(worker, "exit");
  worker.kill("SIGKILL");
  await gone;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
