// The app of a module, with what it is made of: for commands that call its functions.
import { loadApp } from "../consumers/workflow-engine.ts";
import type { AppParts } from "../engine/sdk/app-parts.ts";
import type { RegisteredFunction } from "../engine/execution/function.ts";
import { CliError } from "./cli-error.ts";

/** @throws CliError `CLI_OTHER_VERSION`; StartError */
export async function loadParts(module: string): Promise<AppParts> {
  const app: object = await loadApp(module);
  if ("parts" in app && isParts(app.parts)) return app.parts;
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

function isParts(parts: unknown): parts is AppParts {
  return typeof parts === "object" && parts !== null && "functions" in parts && "options" in parts;
}
