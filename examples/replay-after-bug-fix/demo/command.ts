// The command `millrace`, as a person runs it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Place } from "../app.ts";

const CLI = fileURLToPath(new URL("../../../cli/main.ts", import.meta.url));

export interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

/** What it prints comes back, in colours where this terminal has them. */
export async function millrace(place: Place, args: readonly string[]): Promise<Said> {
  const child = spawn(process.execPath, [...process.execArgv, CLI, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, SHOP: JSON.stringify(place), ...(process.stdout.isTTY ? { FORCE_COLOR: "1" } : {}) },
  });
  let [out, error] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (error += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, out, error };
}
