// A dry run's report for people: what came of the runs, where they differ, and some of them with their values.
import colors from "picocolors";
import { stepId } from "../../core/ids.ts";
import { plainText } from "../../core/plain-text.ts";
import { isChange, VERDICTS, type Difference, type DryRunReport, type RunReport, type Verdict } from "./report.ts";
import { valueDifferences, type ValueDifference } from "./value-diff.ts";

const NAMES: Readonly<Record<Verdict, string>> = {
  same: "the same",
  "different-output": "other output",
  "different-result": "other result",
  "would-run": "would run more",
  "would-skip": "would skip",
  "other-input": "other input",
  "fails-differently": "would fail",
  "goes-on": "would go on",
  "not-deterministic": "not deterministic",
  "not-settled": "not settled",
  erased: "erased",
};

const MAX_PATHS = 6;
const MAX_VALUE = 100;

export interface TableOptions {
  /** How many runs are shown of those that differ. */
  readonly examples: number;
}

/** Lines, without their ends. */
export function tableOf(report: DryRunReport, { examples }: TableOptions): readonly string[] {
  const { runs } = report;
  const lines = [`${colors.bold(report.function)}: ${countOf(report.total, "run")} ${spanOf(report)}, by the code as it is now`, ""];
  lines.push(...counts(report));
  for (const step of report.notAskedFor)
    lines.push("", colors.yellow(`  No run asks for a step "${step}", which was to be computed again.`));
  for (const missing of report.missing) lines.push("", ...missingLines(missing));
  const shown = examplesOf(runs, examples);
  for (const run of shown) lines.push("", ...exampleLines(run));
  const more = runs.length - shown.length;
  if (more > 0) lines.push("", colors.dim(`  and ${countOf(more, "more run")}: --examples ${runs.length} shows all, --json lists them`));
  return lines;
}

function counts({ counts, total, runs }: DryRunReport): readonly string[] {
  const width = number(total).length;
  return VERDICTS.flatMap((verdict) => {
    const count = counts[verdict];
    if (count === 0) return [];
    const line = `  ${number(count).padStart(width)}  ${NAMES[verdict]}`;
    if (verdict === "same") return [colors.green(line)];
    return [(isChange(verdict) ? colors.red : colors.yellow)(line.padEnd(width + 24)) + colors.dim(placesOf(runs, verdict))];
  });
}

/** At which steps, the most frequent first. */
function placesOf(runs: readonly RunReport[], verdict: Verdict): string {
  const places = new Map<string, number>();
  for (const run of runs) {
    if (run.verdict !== verdict || run.step === null) continue;
    const step = plainText(stepId(run.step));
    places.set(step, (places.get(step) ?? 0) + 1);
  }
  const sorted = [...places].sort(([, a], [, b]) => b - a);
  const named = sorted
    .slice(0, 3)
    .map(([step, count]) => (sorted.length === 1 ? `at step "${step}"` : `${number(count)} at step "${step}"`));
  return [...named, ...(sorted.length > 3 ? [`and at ${sorted.length - 3} others`] : [])].join(", ");
}

function missingLines({ partition, offset, time, runs }: DryRunReport["missing"][number]): readonly string[] {
  const since = time === null ? "and holds nothing" : `which is of ${time}`;
  const beheaded = runs === 0 ? "" : ` Of ${countOf(runs, "run")} in it the beginning is gone: they were not looked at.`;
  return [colors.yellow(`  Missing: the journal of partition ${partition} begins at offset ${offset}, ${since}.${beheaded}`)];
}

/** One of each kind first: ten times the same says less. */
function examplesOf(runs: readonly RunReport[], count: number): readonly RunReport[] {
  const kinds = new Set<string>();
  const [first, others]: [RunReport[], RunReport[]] = [[], []];
  for (const run of runs) {
    const kind = `${run.verdict} ${run.step === null ? "" : stepId(run.step)}`;
    (kinds.has(kind) ? others : first).push(run);
    kinds.add(kind);
  }
  return [...first, ...others].slice(0, count);
}

function exampleLines(run: RunReport): readonly string[] {
  const of = run.original === null ? "" : ` (repeats ${run.original})`;
  return [
    `  ${colors.bold(run.run)}${of}  ${plainText(run.event.name)} ${colors.dim(plainText(run.event.key ?? run.event.id))}`,
    ...differenceLines(run),
    ...run.later.flatMap((later) => differenceLines(later)),
  ];
}

function differenceLines({ detail, was, is }: Difference): readonly string[] {
  if (was === null && is === null) return [`    ${plainText(detail)}`];
  const values = valueDifferences(was, is, MAX_PATHS).map((value) => ({ ...value, path: plainText(value.path) }));
  const width = Math.max(...values.map(({ path }) => path.length));
  return [`    ${plainText(detail)}`, ...values.map((value) => `      ${valueLine(value, width)}`)];
}

function valueLine({ path, was, is }: ValueDifference, width: number): string {
  const where = width === 0 ? "" : `${path.padEnd(width)}  `;
  return `${where}${colors.red(short(was))} ${colors.dim("→")} ${colors.green(short(is))}`;
}

function short(json: string | null): string {
  if (json === null) return "nothing";
  return plainText(json.length <= MAX_VALUE ? json : `${json.slice(0, MAX_VALUE)}…`);
}

function spanOf({ since, until, where }: DryRunReport): string {
  const from = since === null ? "from the beginning" : `since ${since}`;
  return [from, ...(until === null ? [] : [`until ${until}`]), ...(where === null ? [] : [`where ${where}`])].join(" ");
}

function countOf(count: number, what: string): string {
  return `${number(count)} ${what}${count === 1 ? "" : "s"}`;
}

function number(count: number): string {
  return count.toLocaleString("en");
}
