// Runs a program of this project and keeps what it said.
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

export const ROOT = path.resolve(import.meta.dirname, "..");

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** `keep` collects the output for later; `show` passes it through as it comes. Default `keep`. */
  readonly output?: "keep" | "show";
}

export interface CommandResult {
  readonly ok: boolean;
  readonly output: string;
  readonly tookMs: number;
}

/** `command` is looked for among this project's own tools first. Never rejects because the program failed. */
export async function runCommand(command: string, args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const begin = performance.now();
  const show = options.output === "show";
  const tools = path.join(ROOT, "node_modules/.bin");
  const child = spawn(command, args, {
    cwd: ROOT,
    stdio: ["ignore", show ? "inherit" : "pipe", show ? "inherit" : "pipe"],
    env: {
      ...process.env,
      ...(show || !process.stdout.isTTY ? {} : { FORCE_COLOR: "1" }),
      ...options.env,
      PATH: `${tools}${path.delimiter}${process.env["PATH"] ?? ""}`,
    },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", (text: string) => (output += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { ok: code === 0, output, tookMs: performance.now() - begin };
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
