// Completion in shells as people have them: what they type is completed by a real bash, zsh and fish.
import { execFile } from "node:child_process";
import { chmod, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "../dev/dev-run.ts";
import { havePackage } from "../../support/debian-package.ts";
import { Shell } from "./shell.ts";

const run = promisify(execFile);
let shell: Shell;

beforeAll(async () => {
  // One after the other: apt takes a lock.
  for (const name of ["bash", "zsh", "fish"]) await havePackage(name, name);
  shell = await Shell.withShop();
  const file = path.join(shell.run.folder, "millrace");
  await writeFile(file, `#!/bin/sh\nexec "${process.execPath}" --conditions=@millrace/source "${path.join(ROOT, "cli/main.ts")}" "$@"\n`);
  await chmod(file, 0o755);
  await shell.run.write("events.ndjson", "");
});
afterAll(() => shell[Symbol.asyncDispose]());

async function inShell(program: string, script: string): Promise<string> {
  const env = { ...process.env, PATH: `${shell.run.folder}:${process.env["PATH"]}`, MILLRACE_SERVER: shell.run.url };
  const { stdout } = await run(program, program === "zsh" ? ["-f", "-c", script] : ["-c", script], { cwd: shell.run.folder, env });
  return stdout;
}

/** As bash does when somebody presses Tab at the end of the line. */
async function completed(...words: readonly string[]): Promise<readonly string[]> {
  const typed = words.map((word) => `'${word}'`).join(" ");
  const out = await inShell(
    "bash",
    `source <(millrace completion bash); COMP_WORDS=(millrace ${typed}); COMP_CWORD=${words.length}; _millrace; printf '%s\\n' "\${COMPREPLY[@]}"`,
  );
  return out.split("\n").filter((line) => line !== "");
}

describe("bash completes", () => {
  test.each([
    [["ru"], ["runs"]],
    [
      ["runs", "re"],
      ["release", "rerun"],
    ],
    [["runs", "list", "--sta"], ["--status"]],
    [
      ["runs", "list", "--status", "c"],
      ["completed", "cancelled"],
    ],
    [["help", "dead"], ["dead-letter"]],
    [
      ["completion", ""],
      ["bash", "zsh", "fish"],
    ],
  ])("commands, flags and their words: %j", async (words, expected) => {
    expect(await completed(...words)).toEqual(expected);
  });

  test.each([
    [
      ["functions", "show", ""],
      ["count", "fulfil", "ship"],
    ],
    [["pause", "f"], ["fulfil"]],
    [["runs", "list", "--function", "s"], ["ship"]],
    [
      ["send", "order/"],
      ["order/fulfilled", "order/placed"],
    ],
  ])("what the server knows: %j", async (words, expected) => {
    expect(await completed(...words)).toEqual(expected);
  });

  test("names of files where it knows of nothing", async () => {
    expect(await completed("send", "--ndjson", "ev")).toEqual([]);
    expect(await inShell("bash", "source <(millrace completion bash); complete -p millrace")).toContain("-o default");
  });

  test("nothing, and soon, where no server answers", async () => {
    const begun = performance.now();
    expect(await completed("functions", "show", "--server", "http://127.0.0.1:9", "")).toEqual([]);
    expect(performance.now() - begun).toBeLessThan(30_000);
  });
});

test("zsh takes its script", async () => {
  expect(await inShell("zsh", "autoload -U compinit && compinit -D; source <(millrace completion zsh); whence -w _millrace")).toContain(
    "function",
  );
});

test("fish takes its script", async () => {
  expect(await inShell("fish", "millrace completion fish | source; complete -C 'millrace ru'")).toContain("runs");
});
