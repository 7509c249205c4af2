// A function as the API shows it.
import type { FunctionSpec } from "../../engine/workflow/trigger/manifest.ts";
import type { TriggerSpec } from "../../engine/workflow/trigger/trigger-spec.ts";
import type { ListedFunction } from "../contract/functions.ts";
import type { Figures } from "./figures.ts";

export interface Known {
  readonly paused: "keep" | "skip" | null;
  readonly figures: Figures;
  /** Whether the caller may see what errors say. */
  readonly seesPayloads: boolean;
}

export function shownFunction(spec: FunctionSpec, { paused, figures, seesPayloads }: Known): ListedFunction {
  const { counts, rates, latency, lastFailure } = figures;
  const { run, at, name, message } = lastFailure ?? {};
  return {
    id: spec.id,
    triggers: spec.triggers.map(triggerOf),
    flow: spec.flow === undefined || Object.keys(spec.flow).length === 0 ? null : JSON.stringify(spec.flow),
    paused,
    counts: Object.fromEntries(counts),
    rates,
    latency,
    queued: (counts.get("queued") ?? 0) + (counts.get("held") ?? 0),
    lastFailure:
      run === undefined || at === undefined ? null : { run, at, message: seesPayloads ? `${name}: ${message}` : (name ?? "Error") },
  };
}

function triggerOf(trigger: TriggerSpec): ListedFunction["triggers"][number] {
  if (typeof trigger === "string") return { kind: "event", of: trigger, condition: null };
  if ("cron" in trigger) return { kind: "cron", of: trigger.cron, condition: null };
  return { kind: "event", of: trigger.event, condition: trigger.if };
}
