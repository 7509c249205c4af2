// A run, for people: what triggered it, what it did in its order, why it does not move, what it came of, and what came of it.
import type { Lineage, ShownRun, ShownStep } from "../server/contract/runs.ts";
import { plainText } from "../engine/core/plain-text.ts";
import { cutTo } from "./print/text-width.ts";
import { durationText } from "./print/times.ts";

const SHOWN_TEXT = 160;

export function runLines(run: ShownRun, lineage: Lineage | null): string[] {
  return [headOf(run), ...momentsOf(run), ...holdupLines(run), ...(lineage === null ? [] : lineageLines(lineage))];
}

function headOf({ id, functionId, status, reason }: ShownRun): string {
  return `${id}  ${plainText(functionId)}  ${status}${reason === null ? "" : `: ${short(reason)}`}`;
}

/** What happened, a line each. One that was printed stays true: what goes on later says more in a line of its own. */
export function momentsOf(run: ShownRun): string[] {
  const { events, queuedAt, startedAt, endedAt, gate, rerunOf, parent, steps, attempts, status, output } = run;
  return [
    ...events.map(({ name, id, data, time }) => `  ${at(time)}  event ${plainText(name)} ${plainText(id)}  ${short(data)}`.trimEnd()),
    ...(queuedAt === null ? [] : [`  ${at(queuedAt)}  waited to start${gate === null ? "" : `, last at: ${plainText(gate)}`}`]),
    ...(startedAt === null
      ? []
      : [
          `  ${at(startedAt)}  started${rerunOf === null ? "" : `, repeating ${rerunOf}`}${parent === null ? "" : `, invoked by ${plainText(parent.step)} of ${parent.run}`}`,
        ]),
    ...steps.flatMap((step) => stepLines(step)),
    ...attempts.map((attempt) => attemptLine(attempt)),
    ...(endedAt === null ? [] : [`  ${at(endedAt)}  ${status}  ${short(output)}`.trimEnd()]),
  ];
}

function stepLines(step: ShownStep): string[] {
  const { key, kind, status, beganAt, endedAt, dueAt, output, error, attempts, waitsFor, event, child, isAdopted, isEdited, sent } = step;
  const said = [
    `${kind} ${plainText(key)}: ${status}`,
    isAdopted ? `(taken over${isEdited ? ", with another output" : ""})` : "",
    waitsFor === null ? "" : plainText(`${waitsFor.event}${waitsFor.match === null ? "" : ` where ${waitsFor.match}`}`),
    child ?? "",
    dueAt === null ? "" : `until ${at(dueAt)}`,
    endedAt === null || beganAt === null ? "" : `after ${durationText(endedAt - beganAt)}`,
    event === null ? "" : `${plainText(event.id)} ${short(event.data)}`,
    error === null || status !== "failed" ? "" : short(`${error.name}: ${error.message}`),
    short(output),
  ];
  const when = beganAt ?? endedAt;
  return [
    `  ${when === null ? "".padEnd(24) : at(when)}  ${joined(said)}`,
    ...attempts.map((attempt) => attemptLine(attempt)),
    ...sent.map((one) => sentLine(one)),
  ];
}

function attemptLine({ attempt, failedAt, retryAt, error }: ShownRun["attempts"][number]): string {
  const next = retryAt === null ? "no attempt is left" : `again at ${at(retryAt)}`;
  return `  ${at(failedAt)}      attempt ${attempt + 1} failed: ${short(`${error.name}: ${error.message}`)}; ${next}`;
}

function sentLine({ id, name, data, confirmedAt }: ShownStep["sent"][number]): string {
  const said = joined([`sent ${plainText(name ?? "a record")} ${plainText(id ?? "")}`.trimEnd(), short(data)]);
  return `  ${confirmedAt === null ? "".padEnd(24) : at(confirmedAt)}      ${said}${confirmedAt === null ? "  (not in its topic yet)" : ""}`;
}

function holdupLines({ holdups }: ShownRun): string[] {
  if (holdups.length === 0) return [];
  const lines = holdups.flatMap(({ code, message, hint, until }) => [
    `  ${code}: ${plainText(message)}${until === null ? "" : ` (until ${at(until)})`}`,
    ...(hint === null ? [] : [`    → ${plainText(hint)}`]),
  ]);
  return ["", "why it does not move", ...lines];
}

type By = Lineage["edges"][number]["by"];

const TO_EFFECT: Readonly<Record<By, string>> = {
  triggered: "triggered",
  sent: "sent",
  awaited: "was awaited by",
  invoked: "invoked",
  rerun: "is repeated by",
};
const TO_CAUSE: Readonly<Record<By, string>> = {
  triggered: "triggered by",
  sent: "sent by",
  awaited: "awaited",
  invoked: "invoked by",
  rerun: "repeats",
};

export function lineageLines(lineage: Lineage): string[] {
  const subject = lineage.nodes.find(({ isSubject }) => isSubject);
  if (subject === undefined) return [];
  const causes = linked(lineage, subject.id, "causes");
  const effects = linked(lineage, subject.id, "effects");
  return [
    ...(causes.length === 0 ? [] : ["", "came of", ...causes]),
    ...(effects.length === 0 ? [] : ["", "led to", ...effects]),
    ...(lineage.isCut ? ["  … and more"] : []),
  ];
}

/** A tree, in which each is told once: what two ways lead to stands where the first does. */
function linked({ nodes, edges }: Lineage, from: string, way: "causes" | "effects"): string[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const seen = new Set([from]);
  const [here, there] = way === "causes" ? (["to", "from"] as const) : (["from", "to"] as const);
  const words = way === "causes" ? TO_CAUSE : TO_EFFECT;
  const lines: string[] = [];
  const walk = (id: string, level: number): void => {
    for (const edge of edges) {
      const node = byId.get(edge[there]);
      if (edge[here] !== id || node === undefined || seen.has(node.id)) continue;
      seen.add(node.id);
      const step = edge.step === null ? "" : `  (${plainText(edge.step)})`;
      const status = node.status === null ? "" : ` (${node.status})`;
      lines.push(`${"  ".repeat(level)}${words[edge.by]} ${plainText(node.label)} ${plainText(node.id)}${status}${step}`);
      walk(node.id, level + 1);
    }
  };
  walk(from, 1);
  return lines;
}

function at(time: number): string {
  return new Date(time).toISOString();
}

function short(text: string | null): string {
  return text === null ? "" : cutTo(plainText(text), SHOWN_TEXT);
}

function joined(parts: readonly string[]): string {
  return parts.filter((text) => text !== "").join("  ");
}
