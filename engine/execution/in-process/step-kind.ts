// What the code asks for against what the record says of it.
import type { StepState } from "../../workflow/state.ts";

export type StepKind = "run" | "sleep" | "wait" | "invoke" | "sendEvent" | "iterate";

const NAMES: Readonly<Record<StepKind, string>> = {
  run: "a run",
  sleep: "a sleep",
  wait: "a wait",
  invoke: "an invocation",
  sendEvent: "a sending of events",
  iterate: "an iteration",
};

const ALL: readonly StepKind[] = ["run", "sleep", "wait", "invoke", "sendEvent", "iterate"];

/** The kinds of steps that may have come so far. */
const KINDS: Readonly<Record<StepState["status"], readonly StepKind[]>> = {
  completed: ["run", "invoke", "sendEvent", "iterate"],
  failed: ["run", "invoke", "iterate", "wait"],
  retrying: ["run", "iterate"],
  sleeping: ["sleep"],
  slept: ["sleep"],
  waiting: ["wait"],
  resolved: ["wait"],
  invoking: ["invoke"],
  iterating: ["iterate"],
  cancelled: ALL,
};

/** How the two disagree, or null. */
export function kindDifference(asked: StepKind, recorded: StepState): string | null {
  const kinds = recorded.status === "retrying" && recorded.cursor !== undefined ? KINDS.iterating : KINDS[recorded.status];
  const [first] = kinds;
  if (first === undefined || kinds.includes(asked)) return null;
  return `is recorded as ${NAMES[first]}, but the code asks for ${NAMES[asked]}`;
}
