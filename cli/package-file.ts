// Which version of the package this is, where its files are, and how its command is called.
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export function packageVersion(): string {
  return (JSON.parse(readFileSync(packageFile("package.json"), "utf8")) as { readonly version: string }).version;
}

/** As people type it in `folder`. In a clone of the package nothing is installed that `npx` would find: there it is a script. */
export function commandIn(folder: string): string {
  return path.resolve(folder) === packageFile(".") ? "npm run -s millrace --" : "npx millrace";
}

/** `name`: from the package's root. */
export function packageFile(name: string): string {
  return path.join(path.dirname(fileURLToPath(import.meta.resolve("millrace/package.json"))), name);
}
