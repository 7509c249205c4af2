// What a command to repeat a run says of its steps, as it is told: JSON. Anybody may write to an inbox, so all of it is looked at.
import type { StepKey } from "../../core/ids.ts";
import type { TriggerEvent } from "../records.ts";
import type { StepState } from "../state.ts";
import type { EmittedBySteps, WaitsBySteps } from "./rerun-state.ts";

/** What a step came to, as it is taken over: its place in the order follows from that of its record. */
export type AdoptedOutcome = (OutcomeOf<SettledStep> & Edited) | { readonly status: "cancelled" };
/** People said so: it never was computed. For whoever reads the journal; the run does not know it. */
interface Edited {
  readonly edited?: true;
}
type SettledStep = Extract<StepState, { readonly order: number }>;
type OutcomeOf<Step> = Step extends SettledStep ? Omit<Step, "order"> : never;

export type AdoptedSteps = readonly (readonly [step: StepKey, outcome: AdoptedOutcome])[];

/** Null where it is none that we make. */
export function readAdopted(text: string): AdoptedSteps | null {
  const value = parsed(text);
  const isOurs = Array.isArray(value) && value.every((one) => Array.isArray(one) && isText(one[0]) && isOutcome(one[1]));
  const steps = isOurs ? (value as unknown as AdoptedSteps) : [];
  return isOurs && new Set(steps.map(([step]) => step)).size === steps.length ? steps : null;
}

/** Null where it is none that we make. */
export function readEmitted(text: string): EmittedBySteps | null {
  const value = parsed(text);
  return isRecordOf(value, (events) => Array.isArray(events) && events.every(isEmitted)) ? (value as EmittedBySteps) : null;
}

/** Null where it is none that we make. */
export function readWaits(text: string): WaitsBySteps | null {
  const value = parsed(text);
  return isRecordOf(value, isTime) ? (value as WaitsBySteps) : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isOutcome(value: unknown): boolean {
  if (!isObject(value) || !(value["mark"] === undefined || isTime(value["mark"])) || "order" in value) return false;
  if (value["edited"] !== undefined && (value["edited"] !== true || value["status"] !== "completed")) return false;
  switch (value["status"]) {
    case "completed":
      return isTextOrNull(value["output"]);
    case "failed":
      return isTime(value["attempt"]) && isFailure(value["error"]);
    case "resolved":
      return isTime(value["interest"]) && isTime(value["since"]) && (value["event"] === null || isEvent(value["event"]));
    case "slept":
    case "cancelled":
      return true;
    default:
      return false;
  }
}

function isFailure(value: unknown): boolean {
  return isObject(value) && isText(value["name"]) && isText(value["message"]) && isTextOrNull(value["stack"]);
}

/** The compiler's proof that no field is forgotten. */
const EVENT_FIELDS: Readonly<Record<keyof TriggerEvent, (value: unknown) => boolean>> = {
  id: isText,
  name: isText,
  data: isText,
  time: isTime,
  key: isTextOrNull,
  topic: isText,
  partition: isTime,
  offset: isTime,
  appendedAt: isTime,
  corrects: isTextOrNull,
  trace: isTextOrNull,
};

function isEvent(value: unknown): boolean {
  return isObject(value) && Object.entries(EVENT_FIELDS).every(([field, fits]) => fits(value[field]));
}

function isEmitted(value: unknown): boolean {
  return isObject(value) && isText(value["id"]) && isText(value["name"]) && isTextOrNull(value["key"]) && isText(value["digest"]);
}

function isRecordOf(value: unknown, fits: (item: unknown) => boolean): boolean {
  return isObject(value) && !Array.isArray(value) && !Object.hasOwn(value, "__proto__") && Object.values(value).every(fits);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isTextOrNull(value: unknown): boolean {
  return value === null || isText(value);
}

/** Or another whole number. */
function isTime(value: unknown): boolean {
  return Number.isSafeInteger(value);
}
