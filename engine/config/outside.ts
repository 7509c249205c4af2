// Settings of an app that come from outside of its code. They fill in what `new Millrace({ … })` leaves out, and never change what it says.
import { GivenSettings, isPlain } from "./given-settings.ts";
import { readEnvironment, type Environment } from "./setting-sources.ts";
import { strangeVariables } from "./strange-variables.ts";

export type OutsideSettings = Readonly<Record<string, unknown>>;

/** The module of an app may have a copy of the package of its own: they meet here. */
const PLACE = Symbol.for("millrace.settings");
const shared = globalThis as typeof globalThis & { [PLACE]?: OutsideSettings };

/** A command has read them already, with its flags and its file: what its process makes of `Millrace` from here on goes by these. */
export function setOutside(settings: OutsideSettings): void {
  shared[PLACE] = settings;
}

/** Without a command: those of the environment, and what is wrong with its variables. `places`: of all that an app can have set. */
export function outsideSettings(
  environment: Environment,
  places: readonly string[],
): { readonly settings: OutsideSettings; readonly wrong: readonly string[] } {
  const set = shared[PLACE];
  if (set !== undefined) return { settings: set, wrong: [] };
  const given = new GivenSettings();
  readEnvironment(given, environment);
  return { settings: given.tree, wrong: strangeVariables(environment, places).wrong };
}

/** `options`, with what they leave out. Of what is not the app's, nothing. */
export function filledIn(options: object, outside: OutsideSettings, known: readonly string[]): object {
  const filled: Record<string, unknown> = { ...options };
  for (const name of known) {
    const value = outside[name];
    if (value === undefined || name === "log" || name === "id") continue;
    const said = filled[name];
    if (said === undefined) filled[name] = value;
    else if (isPlain(said) && isPlain(value)) filled[name] = { ...value, ...said };
  }
  const log = filledLog(filled["log"], outside["log"]);
  return log === undefined ? filled : { ...filled, log };
}

/** Code that names a kind of log goes on naming it; brokers of another kind of log are nothing to it. */
function filledLog(said: unknown, outside: unknown): unknown {
  if (!isPlain(outside)) return said;
  if (said !== undefined && !isPlain(said)) return said;
  const kind = said?.["kind"] ?? outside["kind"] ?? (outside["brokers"] === undefined ? "embedded" : "kafka");
  const { kind: _, path, ...kafka } = outside;
  const fitting = kind === "embedded" ? (path === undefined ? {} : { path }) : kafka;
  return { kind, ...fitting, ...said };
}
