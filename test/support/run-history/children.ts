// Child processes of tests of run history: workers of the shop, and the command that projects.
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import type { ShopOrders } from "./shop-process.ts";

const SOURCE = ["--conditions=@millrace/source"];
const ROOT = path.resolve(import.meta.dirname, "../../..");

export interface ShopWorker extends AsyncDisposable {
  /** Resolves when the log has the events. Rejects where it died meanwhile. */
  place(from: number, to: number): Promise<void>;
  kill9(): Promise<void>;
  /** In good order. */
  stop(): Promise<void>;
}

/** Resolves when it has started. */
export async function shopWorker(orders: ShopOrders): Promise<ShopWorker> {
  const child = fork(path.join(import.meta.dirname, "shop-process.ts"), [JSON.stringify(orders)], { execArgv: SOURCE });
  await told(child, "started");
  return {
    async place(from, to) {
      child.send({ from, to });
      await told(child, "placed");
    },
    kill9: () => ended(child, "SIGKILL"),
    stop: () => ended(child, "SIGTERM"),
    [Symbol.asyncDispose]: () => ended(child, "SIGKILL"),
  };
}

export interface Projector extends AsyncDisposable {
  kill9(): Promise<void>;
  /** Resolves with its exit code. */
  readonly over: Promise<number | null>;
}

/** `millrace history …` */
export function projector(...args: string[]): Projector {
  const child = fork(path.join(ROOT, "cli/main.ts"), ["history", ...args], {
    execArgv: SOURCE,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const over = once(child, "exit").then(([code]) => code as number | null);
  return { over, kill9: () => ended(child, "SIGKILL"), [Symbol.asyncDispose]: () => ended(child, "SIGKILL") };
}

async function told(child: ChildProcess, word: string): Promise<void> {
  const dead = once(child, "exit").then(([code, signal]) => {
    throw new Error(`the process ended by ${String(signal ?? code)} before it said "${word}"`);
  });
  for (;;) {
    const [said] = (await Promise.race([once(child, "message"), dead])) as unknown[];
    if (said !== word) continue;
    dead.catch(() => {});
    return;
  }
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const over = once(child, "exit");
  child.kill(signal);
  await over;
}
