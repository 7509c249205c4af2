// Which module a command is about: the one that is named, else what package.json says, else the first of the usual places that is there.
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { CliError } from "./cli-error.ts";

const USUAL = ["app", "src/app", "index", "src/index"].flatMap((name) => [`${name}.ts`, `${name}.js`, `${name}.mjs`]);

/** An absolute path. @throws CliError `CLI_NO_MODULE` */
export function moduleFile(named: string | undefined, directory = process.cwd()): string {
  if (named !== undefined) return existing(path.resolve(directory, named), `${named}, which the command names,`);
  const said = fromPackage(path.join(directory, "package.json"));
  if (said !== null) return existing(path.resolve(directory, said), `${said}, which package.json names as "millrace",`);
  const found = USUAL.map((file) => path.join(directory, file)).find(isFile);
  if (found !== undefined) return found;
  throw new CliError(
    "CLI_NO_MODULE",
    `which module exports the app? Name it behind the command, or in package.json: "millrace": "src/app.ts". Here is none of ${USUAL.filter((file) => file.endsWith(".ts")).join(", ")}`,
  );
}

function existing(file: string, who: string): string {
  if (isFile(file)) return file;
  throw new CliError("CLI_NO_MODULE", `${who} is no file: there is nothing at ${file}`);
}

function isFile(file: string): boolean {
  return existsSync(file) && statSync(file).isFile();
}

function fromPackage(file: string): string | null {
  if (!existsSync(file)) return null;
  let read: unknown;
  try {
    read = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    // npm tells what is wrong with it.
    return null;
  }
  return typeof read === "object" && read !== null && "millrace" in read && typeof read.millrace === "string" ? read.millrace : null;
}
