// Lines of a log for people: what pino writes as JSON, each on a line that can be read. Whatever else a process prints stays as it is.
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { plainText } from "../../engine/core/plain-text.ts";
import { colorsFor, type Colors, type TableOutput } from "./table.ts";

/** @see pino's levels */
const LEVELS: readonly (readonly [from: number, name: string, color: (colors: Colors) => (text: string) => string])[] = [
  [50, "error", ({ red }) => red],
  [40, "warn", ({ yellow }) => yellow],
  [30, "info", ({ green }) => green],
  [0, "debug", ({ dim }) => dim],
];
/** Of the process, which is one, or said already. */
const LEFT_OUT: ReadonlySet<string> = new Set(["level", "time", "pid", "hostname", "name", "msg", "err"]);

/** Resolves when all was written. */
export async function printReadable(lines: Readable, output: Writable & TableOutput): Promise<void> {
  const colors = colorsFor(output);
  for await (const line of createInterface({ input: lines, crlfDelay: Number.POSITIVE_INFINITY })) {
    output.write(`${readableLine(line, colors)}\n`);
  }
}

export function readableLine(line: string, colors: Colors): string {
  const entry = entryOf(line);
  if (entry === null) return line;
  const { level, time, msg, err } = entry;
  const [, name, color] = LEVELS.find(([from]) => level >= from) ?? [0, "debug", (all: Colors) => all.dim];
  const fields = Object.entries(entry).flatMap(([key, value]) => (LEFT_OUT.has(key) ? [] : `${key}=${textOf(value)}`));
  const said = [colors.dim(clock(time)), color(colors)(name.padEnd(5)), ...(typeof msg === "string" ? [plainText(msg)] : [])];
  if (fields.length > 0) said.push(colors.dim(plainText(fields.join(" "))));
  return [said.join(" "), ...linesOf(err).map((each) => `    ${colors.dim(plainText(each))}`)].join("\n");
}

interface Entry {
  readonly level: number;
  /** Milliseconds since 1970, or a text of ISO 8601. */
  readonly time: number | string;
  readonly msg?: unknown;
  readonly err?: unknown;
  readonly [field: string]: unknown;
}

/** Null: no line of pino's. */
function entryOf(line: string): Entry | null {
  if (!line.startsWith('{"')) return null;
  let read: unknown;
  try {
    read = JSON.parse(line);
  } catch {
    return null;
  }
  return isEntry(read) ? read : null;
}

function isEntry(read: unknown): read is Entry {
  if (typeof read !== "object" || read === null || !("level" in read) || !("time" in read)) return false;
  const { level, time } = read;
  return typeof level === "number" && (typeof time === "number" || typeof time === "string") && !Number.isNaN(new Date(time).getTime());
}

function clock(time: number | string): string {
  const at = new Date(time);
  const two = (number: number): string => `${number}`.padStart(2, "0");
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${`${at.getMilliseconds()}`.padStart(3, "0")}`;
}

function textOf(value: unknown): string {
  if (Array.isArray(value) && value.every((each) => typeof each !== "object")) return value.join(",");
  return typeof value === "string" ? value : JSON.stringify(value);
}

function linesOf(error: unknown): readonly string[] {
  if (typeof error !== "object" || error === null) return error === undefined ? [] : [textOf(error)];
  if ("stack" in error && typeof error.stack === "string") return error.stack.split("\n").map((line) => line.trim());
  return "message" in error && typeof error.message === "string" ? [error.message] : [JSON.stringify(error)];
}
