// Runs a demo as a person does.
import { runCommand } from "../../scripts/command.ts";

export interface DemoResult {
  readonly ok: boolean;
  /** What it said, without colours. */
  readonly output: string;
  readonly tookMs: number;
}

/** `script`: of package.json. */
export async function runDemo(
  script: "demo" | "demo:drip" | "demo:backfill" | "demo:backfill-history" | "demo:flow" | "demo:replay",
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<DemoResult> {
  const { ok, output, tookMs } = await runCommand("npm", ["run", script, "--", ...args], {
    env: { NO_COLOR: "1", FORCE_COLOR: "0", ...env },
  });
  return { ok, output, tookMs };
}
