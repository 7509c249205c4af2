// npm run check: everything that can be known without running the engine, in seconds.
import { availableParallelism } from "node:os";

import picocolors from "picocolors";

import { runCommand, seconds } from "./command.ts";

interface Step {
  readonly name: string;
  readonly command: readonly [program: string, ...args: string[]];
  /** What to do when it fails. */
  readonly hint: string;
}

// The slowest first, so that the others fit beside it.
const STEPS: readonly Step[] = [
  { name: "format", command: ["prettier", "--check", "--cache", "--log-level=warn", "."], hint: "npx prettier --write ." },
  {
    name: "dead code",
    command: ["knip", "--cache", "--no-progress", "--no-config-hints"],
    hint: "remove what nobody uses, or say in knip.json who does",
  },
  { name: "types", command: ["tsc"], hint: "the compiler says where" },
  { name: "types of web", command: ["tsc", "-p", "web"], hint: "the compiler says where" },
  { name: "architecture", command: ["vitest", "run", "--project", "unit", "test/architecture.test.ts"], hint: "imports go down the ranks" },
  { name: "lint", command: ["oxlint"], hint: "npx oxlint --fix mends some of it" },
  // Where there is no registry that knows, it passes, and says so.
  { name: "advisories", command: ["node", "scripts/audit.ts"], hint: "take a version without it: npm audit --omit=dev" },
  { name: "generated types", command: ["node", "scripts/generate-types.ts", "--check"], hint: "npm run generate" },
];

/** How a step begins what it says where it could not do its work. */
const NOT_DONE = "not ";

process.exitCode = await main();

async function main(): Promise<number> {
  const begin = performance.now();
  const failed: string[] = [];
  const waiting = STEPS.values();
  const lane = async (): Promise<void> => {
    for (const step of waiting) if (!(await passes(step))) failed.push(step.name);
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), 4) }, lane));
  const took = seconds(performance.now() - begin);
  if (failed.length === 0) {
    console.log(picocolors.green(`All ${STEPS.length} checks passed in ${took}`));
    return 0;
  }
  console.log(picocolors.red(`${failed.length} of ${STEPS.length} checks failed in ${took}: ${failed.join(", ")}`));
  return 1;
}

async function passes(step: Step): Promise<boolean> {
  const [program, ...args] = step.command;
  const { ok, output, tookMs } = await runCommand(program, args);
  const mark = ok ? picocolors.green("✓") : picocolors.red("✗");
  console.log(`${mark} ${step.name.padEnd(16)} ${seconds(tookMs).padStart(6)}`);
  if (ok && output.startsWith(NOT_DONE)) console.log(picocolors.yellow(output.trimEnd()));
  if (!ok) console.log(`${output.trimEnd()}\n${picocolors.dim(`(${step.command.join(" ")}; ${step.hint})`)}\n`);
  return ok;
}
