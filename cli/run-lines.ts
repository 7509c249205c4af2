// A run of a history, for people: what triggered it, what it did in its order, what it came of, and what came of it.
import type { FailedAttempt, SentEvent, ShownRun, ShownStep } from "../consumers/run-history/show-run.ts";
import type { Lineage, Link, RunNode } from "../consumers/run-history/lineage.ts";

const SHOWN_TEXT = 160;

export function runLines(run: ShownRun, lineage: Lineage | null): string[] {
  const head = `${run.id}  ${run.functionId}  ${run.status}${run.reason === null ? "" : `: ${run.reason}`}`;
  return [
    head,
    ...run.events.map(
      ({ name, id, data, time, corrects }) =>
        `  ${at(time)}  event ${name} ${id}${corrects === null ? "" : `  corrects ${corrects}`}  ${short(data)}`,
    ),
    ...(run.queuedAt === null ? [] : [`  ${at(run.queuedAt)}  waited to start, last at: ${run.gate}`]),
    ...(run.startedAt === null ? [] : [`  ${at(run.startedAt)}  started${run.rerunOf === null ? "" : `, repeating ${run.rerunOf}`}`]),
    ...run.steps.flatMap((step) => stepLines(step)),
    ...run.failures.map((failure) => failureLine(failure)),
    ...(run.endedAt === null ? [] : [`  ${at(run.endedAt)}  ${run.status}${run.output === null ? "" : `  ${short(run.output)}`}`]),
    ...run.sent.map((sent) => sentLine(sent)),
    ...(lineage === null ? [] : lineageLines(lineage)),
  ];
}

function stepLines({
  key,
  kind,
  status,
  beganAt,
  endedAt,
  dueAt,
  output,
  error,
  failures,
  waitsFor,
  event,
  child,
  isAdopted,
  sent,
}: ShownStep): string[] {
  const said = [
    `${kind} ${key}: ${status}`,
    isAdopted ? "(taken over)" : "",
    waitsFor ?? "",
    child ?? "",
    dueAt === null ? "" : `until ${at(dueAt)}`,
    endedAt === null || beganAt === null ? "" : `after ${Math.max(0, endedAt - beganAt)} ms`, // of two clocks: a worker's and the log's
    event === null ? "" : `${event.id} ${short(event.data)}`,
    error === null || status !== "failed" ? "" : `${error.name}: ${error.message}`,
    output === null ? "" : short(output),
  ];
  const when = beganAt ?? endedAt;
  return [
    `  ${when === null ? "".padEnd(24) : at(when)}  ${said.filter((text) => text !== "").join("  ")}`,
    ...failures.map((failure) => failureLine(failure)),
    ...sent.map((one) => sentLine(one)),
  ];
}

function failureLine({ attempt, failedAt, retryAt, error }: FailedAttempt): string {
  const next = retryAt === null ? "no attempt is left" : `again at ${at(retryAt)}`;
  return `  ${at(failedAt)}      attempt ${attempt + 1} failed: ${error.name}: ${short(error.message)}; ${next}`;
}

function sentLine({ id, name, target, data, owedAt, confirmedAt, corrects }: SentEvent): string {
  const where = target === "deadLetter" ? "to the dead letters: " : "sent ";
  const said = [
    `${where}${name ?? "a record"} ${id ?? ""}`,
    corrects === null ? "" : `corrects ${corrects}`,
    data === null ? "" : short(data),
  ];
  return `  ${at(owedAt)}      ${said.filter((text) => text !== "").join("  ")}${confirmedAt === null ? "  (not in its topic yet)" : ""}`;
}

function lineageLines({ run, causes, isCut }: Lineage): string[] {
  if (causes.length === 0 && run.effects.length === 0) return [];
  return [
    ...(causes.length === 0 ? [] : ["", "came of"]),
    ...causes.map(
      (cause, level) => `${"  ".repeat(level + 1)}← ${linkText(cause.link)} of ${cause.functionId} ${cause.run} (${cause.status})`,
    ),
    ...(run.effects.length === 0 ? [] : ["", "led to", ...effectLines(run.effects, 1)]),
    ...(isCut ? ["  … and more"] : []),
  ];
}

function effectLines(effects: readonly RunNode[], level: number): string[] {
  return effects.flatMap((effect) => {
    const link = effect.link === null ? "" : `${linkText(effect.link)} → `;
    return [`${"  ".repeat(level)}${link}${effect.functionId} ${effect.run} (${effect.status})`, ...effectLines(effect.effects, level + 1)];
  });
}

function linkText(link: Link): string {
  switch (link.by) {
    case "event":
      return `event ${link.event}${link.step === null ? "" : ` by ${link.step}`}`;
    case "awaited":
      return `awaited event ${link.event}${link.step === null ? "" : ` by ${link.step}`}`;
    case "invoke":
      return `invoked by ${link.step}`;
    case "rerun":
      return "repetition";
  }
}

function at(time: number): string {
  return new Date(time).toISOString();
}

function short(text: string): string {
  return text.length > SHOWN_TEXT ? `${text.slice(0, SHOWN_TEXT - 1)}…` : text;
}
