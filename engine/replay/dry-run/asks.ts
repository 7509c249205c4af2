// What a step asks for by today's code, as text to compare with another call, and against what is recorded of it.
import type { AskedStep } from "../../execution/in-process/asked-step.ts";
import { SendStep, type Outgoing } from "../../execution/in-process/steps/send-step.ts";
import { WaitingStep } from "../../execution/in-process/steps/waiting-step.ts";
import type { CheckedEvent } from "../../execution/outgoing-event.ts";
import type { Input } from "../../workflow/decide.ts";
import { sentDigest } from "../../workflow/run/rerun-state.ts";
import { interestIn } from "../../workflow/wait/since.ts";
import { SIGNAL_EVENT } from "../../workflow/wait/signal-event.ts";
import type { AskedOf, SentEvent } from "../history/asked-of.ts";
import { isSameJson } from "./same-json.ts";

interface SchemedEvent extends CheckedEvent {
  readonly hasSchema: boolean;
  /** Why its schema does not take it, so that it would not be sent; null where it does. */
  readonly refusal: string | null;
}

export type Asks =
  { readonly kind: "events"; readonly events: readonly SchemedEvent[] } | { readonly kind: "input"; readonly input: Input } | null;

/** What of events is a schema's: those that have one, and the data that readers of them get. */
export interface EventSchemas {
  readonly declaredEvents: ReadonlySet<string>;
  readonly dataOf: (event: CheckedEvent, given: unknown) => string | Promise<string>;
}

/** Null of a step that has code of its own: what it does is not known before it is done. */
export function asksOf(step: AskedStep, schemas: EventSchemas | null): Asks {
  if (step instanceof SendStep) return { kind: "events", events: step.events.map((outgoing) => asRead(outgoing, schemas)) };
  return step instanceof WaitingStep ? { kind: "input", input: step.input(false) } : null;
}

/** Data that its schema refuses stays as it was given, with the reason; so does what takes a schema time. */
function asRead({ event, given }: Outgoing, schemas: EventSchemas | null): SchemedEvent {
  if (schemas?.declaredEvents.has(event.name) !== true) return { ...event, hasSchema: false, refusal: null };
  try {
    const data = schemas.dataOf(event, given);
    if (typeof data === "string") return { ...event, data, hasSchema: true, refusal: null };
    data.catch(() => {});
  } catch (error) {
    return { ...event, hasSchema: true, refusal: error instanceof Error ? error.message : String(error) };
  }
  return { ...event, hasSchema: true, refusal: null };
}

export function textOf(asks: Asks): string {
  if (asks === null) return "";
  return JSON.stringify(asks.kind === "events" ? asks.events.map(shownEvent) : asks.input);
}

export interface OtherInput {
  readonly detail: string;
  /** JSON. */
  readonly was: string | null;
  readonly is: string | null;
}

/** A time was worked out while the frame before was under way to the log, by so much later than its own; or, as clocks are, a little earlier. */
const LATER_MS = 5_000;
const EARLIER_MS = 100;

/** How they differ, or null. Where the journal does not say what was asked for, nothing differs. */
export function otherInput(asks: Asks, recorded: AskedOf | undefined): OtherInput | null {
  if (asks === null || recorded === undefined) return null;
  if (asks.kind === "events") return recorded.kind === "send" ? otherEvents(asks.events, recorded.events) : null;
  const { input } = asks;
  switch (input.type) {
    case "StartSleep": {
      if (recorded.kind !== "sleep") return null;
      const { wakeAt, durationMs } = input;
      const isSame = durationMs === null ? wakeAt === recorded.wakeAt : isInTime(durationMs, recorded.at, recorded.wakeAt);
      const was = durationMs === null ? { until: iso(recorded.wakeAt) } : { ms: rounded(recorded.wakeAt - recorded.at) };
      return isSame ? null : other("sleeps for another time", was, durationMs === null ? { until: iso(wakeAt ?? 0) } : { ms: durationMs });
    }
    case "StartWait": {
      if (recorded.kind !== "wait") return null;
      const { event, timeoutMs } = input;
      if (event !== recorded.event) return other("waits for something else", { event: named(recorded.event) }, { event: named(event) });
      if (interestIn(input) !== recorded.interest) {
        return other("waits for another value, or by another condition", null, { event: named(event), ...comparedBy(input) });
      }
      if (isInTime(timeoutMs, recorded.at, recorded.deadline)) return null;
      return other("waits for another time", { timeoutMs: spanOf(recorded) }, { timeoutMs });
    }
    case "InvokeChild": {
      if (recorded.kind !== "invoke") return null;
      const { functionId, data, timeoutMs } = input;
      if (functionId !== recorded.functionId) return other("invokes another function", recorded.functionId, functionId);
      if (recorded.data !== null && !isSameJson(data, recorded.data))
        return { detail: "invokes it with other data", was: recorded.data, is: data };
      if (isInTime(timeoutMs, recorded.at, recorded.deadline)) return null;
      return other("waits for it for another time", { timeoutMs: spanOf(recorded) }, { timeoutMs });
    }
    default:
      return null;
  }
}

function otherEvents(today: readonly SchemedEvent[], recorded: readonly SentEvent[]): OtherInput | null {
  const refusal = today.find((event) => event.refusal !== null)?.refusal ?? null;
  const isSame =
    refusal === null &&
    today.length === recorded.length &&
    today.every((event, index) => {
      const was = recorded[index];
      return was !== undefined && (event.id === null || event.id === was.id) && isSameEvent(event, was);
    });
  if (isSame) return null;
  return other(
    refusal === null ? otherCount(today.length, recorded.length) : `would fail: ${refusal}`,
    recorded.map(({ id, said }) => (said === null ? { id } : shownEvent({ ...said, data: said.data ?? "null" }))),
    today.map(shownEvent),
  );
}

function otherCount(today: number, recorded: number): string {
  return today === recorded ? "sends something else" : `sends ${today} events, and had sent ${recorded}`;
}

function isSameEvent({ name, key, data, hasSchema }: SchemedEvent, { said, digest, sealed }: SentEvent): boolean {
  // The digest is of bytes, which a schema may have written.
  if (said === null) return hasSchema || digest === sentDigest(name, key, Buffer.from(sealed?.(data) ?? data), "json");
  return said.name === name && said.key === key && (said.data === null || isSameJson(data, said.data));
}

function shownEvent({ name, key, data }: Pick<CheckedEvent, "name" | "key" | "data">): object {
  return { name, ...(key === null ? {} : { key }), data: JSON.parse(data) as unknown };
}

function isInTime(ms: number | null, at: number, until: number | null): boolean {
  if (ms === null || until === null) return ms === until;
  const recorded = until - at;
  return ms <= recorded + EARLIER_MS && ms >= recorded - LATER_MS;
}

function spanOf({ at, deadline }: { readonly at: number; readonly deadline: number | null }): number | null {
  return deadline === null ? null : rounded(deadline - at);
}

function rounded(ms: number): number {
  return Math.round(ms / 100) * 100;
}

function comparedBy({
  path,
  value,
  condition,
}: {
  readonly path: string;
  readonly value: string;
  readonly condition: string | null;
}): object {
  return { ...(path === "" ? {} : { path, value }), ...(condition === null ? {} : { if: condition }) };
}

function named(event: string): string {
  return event === SIGNAL_EVENT ? "a signal" : event;
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

function other(detail: string, was: unknown, is: unknown): OtherInput {
  return { detail, was: was === null ? null : JSON.stringify(was), is: JSON.stringify(is) };
}
