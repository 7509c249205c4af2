// millrace schemas register: makes the schemas of a project known before anything is sent by them.
import type { Command } from "commander";
import { SchemaError } from "../engine/schemas/schema-error.ts";
import { readSchemas, withFolder } from "./schemas-files.ts";
import { withPlace, withPlaceFlags, type PlaceFlags } from "./schemas-place.ts";
import { say } from "./say.ts";

interface RegisterFlags extends PlaceFlags {
  readonly dir: string;
}

export function registerSchemasCommand(command: Command): Command {
  return withPlaceFlags(withFolder(command))
    .description("register the schemas as versions of the app's events; those that break readers are refused. A line of JSON each")
    .action((flags: RegisterFlags) => register(flags));
}

async function register(flags: RegisterFlags): Promise<void> {
  const schemas = readSchemas(flags.dir);
  await withPlace(flags, async ({ place, subjectOf }) => {
    for (const { shown, schema } of schemas) {
      const subject = subjectOf(schema.name);
      try {
        const id = await place.register(subject, schema);
        process.stdout.write(`${JSON.stringify({ file: shown, event: schema.event, subject, id })}\n`);
      } catch (error) {
        // The others are as worth knowing.
        if (!(error instanceof SchemaError) || error.retriable) throw error;
        process.exitCode = 1;
        say(`${error.code}: ${shown}: ${error.message}`);
      }
    }
  });
}
