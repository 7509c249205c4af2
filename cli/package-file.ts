// Which version of the package this is, and where its files are.
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export function packageVersion(): string {
  return (JSON.parse(readFileSync(packageFile("package.json"), "utf8")) as { readonly version: string }).version;
}

/** `name`: from the package's root. */
export function packageFile(name: string): string {
  return path.join(path.dirname(fileURLToPath(import.meta.resolve("millrace/package.json"))), name);
}
