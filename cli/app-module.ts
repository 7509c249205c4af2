// The app of a module, with what it is made of: for commands that call its functions.
import { checkNotStarted, loadApp, type App } from "../consumers/workflow-engine.ts";
import type { AppParts } from "../engine/sdk/app-parts.ts";
import type { Millrace } from "../engine/sdk/millrace.ts";
import type { RegisteredFunction } from "../engine/execution/function.ts";
import type { AppHandle } from "../server/served-app.ts";
import { CliError } from "./cli-error.ts";

/** As the server and its commands use it. */
export type LoadedApp = AppHandle & App & Pick<Millrace, "metrics"> & { readonly parts: AppParts };

/** @throws CliError `CLI_OTHER_VERSION`; StartError */
export async function loadParts(module: string): Promise<AppParts> {
  const { parts } = await loadWholeApp(module);
  return parts;
}

/** @throws CliError `CLI_OTHER_VERSION`; StartError */
export async function loadWholeApp(module: string): Promise<LoadedApp> {
  const app: object = await loadApp(module);
  if (isWhole(app)) return app;
  throw new CliError(
    "CLI_OTHER_VERSION",
    `the app of ${module} is of another version of the package than this command: install one of them`,
  );
}

/** @throws CliError `CLI_NO_FUNCTION` */
export function functionOf({ functions, options }: AppParts, id: string): RegisteredFunction {
  const found = functions.get(id);
  if (found !== undefined) return found;
  const known = [...functions.keys()].map((name) => `"${name}"`).join(", ");
  throw new CliError("CLI_NO_FUNCTION", `app "${options.id}" has no function "${id}": it has ${known === "" ? "none" : known}`);
}

/** `named`: by `--app`, beside a module. @throws CliError `CLI_BAD_CHOICE` */
export function checkNamed(named: string | undefined, { id }: { readonly id: string }): void {
  if (named === undefined || named === id) return;
  throw new CliError("CLI_BAD_CHOICE", `--app names "${named}", and the app of the module is "${id}": leave out one of them`);
}

/** To be started by this process. @throws CliError `CLI_OTHER_VERSION`; StartError */
export async function loadRunnableApp(module: string): Promise<LoadedApp> {
  const app = await loadWholeApp(module);
  checkNotStarted(app, app.parts.hasBegun);
  return app;
}

/** An app of any version of the package may be run: it brings its engine along. Null: it is of another. */
export function wholeApp(app: App): LoadedApp | null {
  return isWhole(app) ? app : null;
}

/** By one of its newest members: with that, it has the others. */
function isWhole(app: object): app is LoadedApp {
  if (!("parts" in app)) return false;
  const { parts } = app;
  return typeof parts === "object" && parts !== null && "functions" in parts && "options" in parts && "specs" in parts;
}
