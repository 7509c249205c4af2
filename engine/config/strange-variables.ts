// Variables of the environment that are called as settings are, and are none. One that nobody reads changes nothing, and who set it believes it does.
import { nearName } from "../core/known-options.ts";
import { SETTINGS } from "./setting-list.ts";
import type { Environment } from "./setting-sources.ts";

export interface StrangeVariables {
  /** Somebody meant a setting: what is wrong with each. */
  readonly wrong: readonly string[];
  /** Nothing of ours: an app may have variables of its own, and orchestrators make some after the names of services. */
  readonly unread: readonly string[];
}

/** `places`: of all that can be set, as a file names them. */
export function strangeVariables(environment: Environment, places: readonly string[]): StrangeVariables {
  const known = SETTINGS.map(({ environment: variable }) => variable);
  const likely = new Map(known.map((variable) => [variable, `did you mean ${variable}?`]));
  for (const place of places) {
    const variable = SETTINGS.find(({ name }) => name === place)?.environment;
    const advice =
      variable === undefined
        ? `"${place}" has no variable; it stands in the file of settings, or in the code`
        : `did you mean ${variable}?`;
    const usual = `MILLRACE_${place.replaceAll(/[A-Z]/g, "_$&").replaceAll(".", "_").toUpperCase()}`;
    if (!likely.has(usual)) likely.set(usual, advice);
  }
  const wrong: string[] = [];
  const unread: string[] = [];
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith("MILLRACE_") || known.includes(variable) || value === undefined) continue;
    const near = nearName(variable, [...likely.keys()]);
    if (near === null) unread.push(variable);
    else wrong.push(`${variable} is no setting: ${likely.get(near) ?? ""}`);
  }
  return { wrong, unread };
}
