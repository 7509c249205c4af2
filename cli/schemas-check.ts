// millrace schemas check: whether the schemas of a project get on with their former versions; a job of CI fails where they do not.
import type { Command } from "commander";
import type { Compatibility } from "../engine/schemas/avro/compatibility.ts";
import { parseEventSchema, type EventSchema } from "../engine/schemas/avro/event-schema.ts";
import { CliError } from "./cli-error.ts";
import { readSchemas, withFolder, type SchemaFile } from "./schemas-files.ts";
import { committedSchemas, committedVersions, formerCommit } from "./schemas-git.ts";
import { modeNamed, withPlace, withPlaceFlags, type PlaceFlags } from "./schemas-place.ts";
import { reportOf, reportShown, type Report } from "./schemas-report.ts";

interface CheckFlags extends PlaceFlags {
  readonly dir: string;
  readonly against?: string;
  readonly json?: true;
}

/** As registries have it. */
const DEFAULT_MODE: Compatibility = "BACKWARD";

export function checkSchemasCommand(command: Command): Command {
  return withPlaceFlags(withFolder(command))
    .description("fail where a schema breaks readers: compared with those committed last, or with a registry's")
    .option(
      "--against <commit>",
      "compare with the schemas of this commit, e.g. origin/main (default: HEAD; HEAD^ where nothing has changed since)",
    )
    .option("--json", "as JSON")
    .action((flags: CheckFlags) => check(flags));
}

async function check(flags: CheckFlags): Promise<void> {
  const { app, registry, against } = flags;
  // Git has the versions, too. In a registry their subjects begin with the topic of the app's events.
  const isPlaced = app !== undefined || registry !== undefined;
  if (isPlaced && against !== undefined) {
    throw new CliError(
      "CLI_BAD_CHOICE",
      "--against compares with a commit, --app and --registry with what is registered: give one of them",
    );
  }
  const schemas = readSchemas(flags.dir);
  const report = isPlaced ? await checkByPlace(schemas, flags) : checkByCommit(schemas, flags);
  if (report.problems.length > 0) process.exitCode = 1;
  process.stdout.write(flags.json === true ? `${JSON.stringify(report)}\n` : reportShown(report));
}

function checkByCommit(schemas: readonly SchemaFile[], { dir, against = formerCommit(dir, schemas), mode }: CheckFlags): Report {
  return reportOf(against, schemas, committedSchemas(dir, against), {
    mode: () => (mode === undefined ? DEFAULT_MODE : modeNamed(mode)),
    versions: ({ file }) => committedVersions(dir, against, file),
  });
}

/** A registry knows versions by their records; what was removed here it cannot tell. */
async function checkByPlace(schemas: readonly SchemaFile[], flags: CheckFlags): Promise<Report> {
  return withPlace(flags, async ({ place, subjectOf }) => {
    const known = new Map(
      await Promise.all(
        schemas.map(async ({ schema }) => {
          const subject = subjectOf(schema.name);
          const [versions, mode] = await Promise.all([place.versionsOf(subject), place.compatibilityOf(subject)]);
          return [schema.name, { versions, mode }] as const;
        }),
      ),
    );
    const former = schemas.flatMap((current) => {
      const newest = known.get(current.schema.name)?.versions.at(-1);
      return newest === undefined ? [] : [{ ...current, schema: asRegistered(newest, current.schema) }];
    });
    return reportOf(place.description, schemas, former, {
      mode: ({ schema }) => known.get(schema.name)?.mode ?? DEFAULT_MODE,
      versions: ({ schema }) => known.get(schema.name)?.versions ?? [],
    });
  });
}

/** Registered by another tool it says no event's name: then it had this one. */
function asRegistered(text: string, { event, name }: EventSchema): EventSchema {
  return parseEventSchema({ event, ...(JSON.parse(text) as object) }, `the registered schema of ${name}`);
}
