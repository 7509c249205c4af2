// What keeps an app from running, for people: with the code and the line that is to blame, where it is the app's.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { packageOf } from "./loaded-files.ts";
import type { Failed } from "./messages.ts";

/** Families of errors that are no mistake in the app's code: the same code may work the next time. */
const PASSING: readonly string[] = ["log", "worker", "registry"];
/** Looking for the file that does not compile takes a process each. */
const MAX_LOOKED_AT = 10;

/** `loaded`: the app's files, the newest last. */
export function failureOf(error: unknown, loaded: readonly string[]): Failed {
  const { code, family } = codedAs(error);
  const text = family === null || code === "MODULE_FAILED" ? ofCode(causeOf(error), loaded) : messageOf(error);
  return { type: "failed", code: family === null ? null : code, text, isPassing: family !== null && PASSING.includes(family) };
}

/** What a module threw while it was loaded. */
function causeOf(error: unknown): unknown {
  return error instanceof Error && codedAs(error).code === "MODULE_FAILED" ? error.cause : error;
}

function codedAs(error: unknown): { readonly code: string | null; readonly family: string | null } {
  const { code, family } = error instanceof Error ? (error as { readonly code?: unknown; readonly family?: unknown }) : {};
  return { code: typeof code === "string" ? code : null, family: typeof family === "string" ? family : null };
}

function ofCode(error: unknown, loaded: readonly string[]): string {
  if (!(error instanceof Error)) return messageOf(error);
  // Where Node says which line does not compile, it does so in front of the error; for modules in JavaScript it does not.
  const place = error instanceof SyntaxError && !(error.stack ?? "").startsWith("file:") ? placeOfBrokenCode(loaded) : null;
  return `${place ?? withoutInnards(error.stack ?? error.message)}${error instanceof SyntaxError ? oldModules(loaded) : ""}`;
}

/** `npm init` makes packages whose modules may not say `import`. */
function oldModules(loaded: readonly string[]): string {
  const file = loaded.findLast(isCode);
  const said = file === undefined || !/\.[jt]s$/.test(file) ? null : packageOf(file);
  if (said === null || !/"type"\s*:\s*"commonjs"/.test(readFileSync(said, "utf8"))) return "";
  return `\n${said} has "type": "commonjs". Where modules say import and export it needs "type": "module": npm pkg set type=module`;
}

function isCode(file: string): boolean {
  return !file.endsWith(".json");
}

function placeOfBrokenCode(loaded: readonly string[]): string | null {
  for (const file of loaded.filter(isCode).toReversed().slice(0, MAX_LOOKED_AT)) {
    // It is read here, and by pages: not on a terminal.
    const env = { ...process.env, FORCE_COLOR: "0" };
    const { status, stderr } = spawnSync(process.execPath, ["--check", file], { encoding: "utf8", timeout: 5_000, env });
    if (status !== 0 && stderr.includes("SyntaxError")) return withoutInnards(stderr.replace(/\n+Node\.js v[^\n]*\s*$/, "")).trim();
  }
  return null;
}

/** Frames of Node's own code say nothing about the app. */
function withoutInnards(stack: string): string {
  return stack
    .split("\n")
    .filter((line) => !/^\s+at .*\bnode:internal\//.test(line))
    .join("\n");
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
