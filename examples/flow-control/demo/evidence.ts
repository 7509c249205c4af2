// All that the proof goes by.
import type { Decision } from "../../stage/journal.ts";
import type { Asked, Report } from "../services/report.ts";
import type { ContactEvent } from "./crowd.ts";

export interface Evidence {
  readonly crowd: readonly ContactEvent[];
  /** The journal. */
  readonly decisions: readonly Decision[];
  /** What the services counted. */
  readonly report: Report;
  /** Steps that are finished, and when workers heard so from the log. */
  readonly finishedAt: ReadonlyMap<string, number>;
  /** Workers that were killed, and when they were gone. */
  readonly deaths: ReadonlyMap<string, number>;
  /** What is left in the state, in words. */
  readonly left: readonly string[];
}

/** Requests that did something, of one service. */
export function done({ report }: Pick<Evidence, "report">, service: Asked["service"]): readonly Asked[] {
  return report.asked.filter((one) => one.service === service && one.effect);
}

/** The first request of each contact, in order. */
export function firsts({ report }: Pick<Evidence, "report">): readonly Asked[] {
  const seen = new Set<string>();
  return report.asked.filter(({ service, key }) => {
    if (service !== "verifications" || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

export function tenantOf({ body }: Pick<Asked, "body">): string {
  return String(body["tenant"]);
}
