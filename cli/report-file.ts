// The report of a dry run as a file, which people may have edited: it is looked at before anything is done by it.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { parseRunId, type RunId, type StepKey } from "../engine/core/ids.ts";
import { isChange, REPORT_FORMAT, VERDICTS, type RunReport } from "../engine/replay/dry-run/report.ts";
import type { ChosenRun } from "../engine/replay/rerun/apply.ts";
import { CliError } from "./cli-error.ts";

/** What repeating runs needs of it. */
export interface ReportFile {
  /** Names all re-runs by this report, whoever repeats them and whichever runs they leave in it. */
  readonly operation: string;
  /** By the first run, where one repeats another. */
  readonly chosen: ReadonlyMap<RunId, ChosenRun>;
  readonly span: { readonly since?: number; readonly until?: number };
}

const runId = z.string().transform((text, context) => {
  const id = parseRunId(text);
  if (id !== null) return id;
  context.addIssue({ code: "custom", message: "is no id of a run" });
  return z.NEVER;
});
const time = z.nullable(z.iso.datetime()).transform((text) => (text === null ? undefined : Date.parse(text)));
const REPORT = z.object({
  app: z.string(),
  function: z.string(),
  since: time,
  until: time,
  runs: z.array(
    z.object({
      run: runId,
      original: z.nullable(runId),
      verdict: z.enum(VERDICTS),
      keep: z.array(z.string()).transform((steps) => steps as StepKey[]),
    }),
  ),
});

/** @throws CliError `CLI_BAD_FILE` */
export function readReport(file: string, of: { readonly app: string; readonly function: string }): ReportFile {
  const value = readJson(file);
  if (!isObject(value) || value["format"] !== REPORT_FORMAT) {
    throw new CliError("CLI_BAD_FILE", `${file} is no report of this version: make one with --dry-run --json`);
  }
  const read = REPORT.safeParse(value);
  if (!read.success) {
    const [issue] = read.error.issues;
    const where = issue === undefined || issue.path.length === 0 ? "" : ` at ${issue.path.join(".")}`;
    throw new CliError("CLI_BAD_FILE", `${file} is no report of a dry run${where}: ${issue?.message ?? "it cannot be read"}`);
  }
  const { app, function: functionId, since, until, runs } = read.data;
  if (app !== of.app) throw new CliError("CLI_BAD_FILE", `${file} is a report of app "${app}", not of "${of.app}"`);
  if (functionId !== of.function) {
    throw new CliError("CLI_BAD_FILE", `${file} is a report of function "${functionId}", not of "${of.function}"`);
  }
  const operation = operationOf(value);
  return {
    operation,
    chosen: chosenOf(runs),
    span: { ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }) },
  };
}

/** Of what was asked, and when: that nobody edits. */
function operationOf({ app, function: functionId, since, until, where, recompute, madeAt }: Readonly<Record<string, unknown>>): string {
  const asked = JSON.stringify([app, functionId, since, until, where, recompute, madeAt]);
  return `report-${createHash("sha256").update(asked).digest("hex").slice(0, 24)}`;
}

/** Runs that are changes. */
export function chosenOf(runs: readonly Pick<RunReport, "run" | "original" | "verdict" | "keep">[]): ReadonlyMap<RunId, ChosenRun> {
  return new Map(
    runs.filter(({ verdict }) => isChange(verdict)).map(({ run, original, keep }) => [original ?? run, { run, keep }] as const),
  );
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as unknown;
  } catch (cause) {
    throw new CliError("CLI_BAD_FILE", `${file} cannot be read as JSON: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
