// What a run needs to start or to go on, for people: made of the keys that the engine has for it.
import { functionOf, functionOfStarts, permitOf } from "../../engine/workflow/flow/keys.ts";
import { kindOf } from "../../engine/workflow/flow/limits/need-kind.ts";
import type { Sight } from "./shown-run.ts";

/** Values of keys are data of events. */
export function needText(need: string, sight: Sight): string {
  switch (kindOf(need)) {
    case "pool":
      return poolText(need, sight);
    case "permit":
      return poolText(permitOf(need).pool, sight);
    case "throttle":
      return `its turn by the throttle of "${functionOf(need)}"`;
    case "breaker":
      return `the circuit breaker of "${functionOf(need)}" to close`;
    case "pause":
      return `"${functionOf(need)}" to be resumed`;
    case "starts":
      return `room among the runs of "${functionOfStarts(need)}" that its partition may have open`;
    case "manifest":
      return `a deployment that has "${functionOf(need)}"`;
  }
}

/** `fn/<function>/<index>/<value>`, or `app/<key>/<value>`. */
function poolText(pool: string, sight: Sight): string {
  const [scope = "", name = "", ...rest] = pool.split("/");
  const value = (scope === "fn" ? rest.slice(1) : rest).join("/");
  const of = value === "" || sight !== "all" ? "" : ` for ${value.slice(2)}`;
  if (scope === "fn") return `a slot of the concurrency limit of "${name}"${of}`;
  return `a slot of the app's limit${name === "" ? "" : ` on ${decodeURIComponent(name)}`}${of}`;
}
