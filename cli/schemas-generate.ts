// millrace schemas generate: a module of TypeScript with the types of all events.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Command } from "commander";
import { typesModule } from "../engine/schemas/avro/typescript.ts";
import { CliError } from "./cli-error.ts";
import { readSchemas, withFolder } from "./schemas-files.ts";

interface GenerateFlags {
  readonly dir: string;
  readonly out?: string;
  readonly check?: true;
}

export function generateTypesCommand(command: Command): Command {
  return withFolder(command)
    .description("write TypeScript types of the events, and their schemas for `new Millrace`")
    .option("--out <file>", "the module to write (default: generated.ts in the folder)")
    .option("--check", "write nothing; fail where the module is not what the schemas say")
    .action(generate);
}

function generate({ dir, out = path.join(dir, "generated.ts"), check }: GenerateFlags): void {
  const text = typesModule(readSchemas(dir).map(({ schema }) => schema));
  const isFresh = existsSync(out) && readFileSync(out, "utf8") === text;
  if (isFresh) return void process.stdout.write(`${out} is what the schemas say\n`);
  if (check === true) {
    throw new CliError("CLI_STALE_TYPES", `${out} is not what the schemas in ${dir} say: run \`millrace schemas generate\``);
  }
  writeFileSync(out, text);
  process.stdout.write(`${out} written\n`);
}
