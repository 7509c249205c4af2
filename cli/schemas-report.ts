// What a check of schemas finds: breaks between versions of an event, events that were given another name, schemas that are gone.
import { compatibilityProblems, incompatibilityShown, type Compatibility } from "../engine/schemas/avro/compatibility.ts";
import type { SchemaFile } from "./schemas-files.ts";

export interface Report {
  /** What was compared with, for people. */
  readonly against: string;
  readonly schemas: number;
  /** What has to be mended. */
  readonly problems: readonly Finding[];
  /** What may be meant, and may not. */
  readonly notes: readonly Finding[];
}

export interface Finding {
  readonly file: string;
  readonly event: string;
  /** Of the field, in the schema. Empty where it is about the whole. */
  readonly path: string;
  /** The versions that do not get on; null where it is not about two of them. */
  readonly reader: string | null;
  readonly writer: string | null;
  /** In a sentence. */
  readonly problem: string;
}

export interface Former {
  readonly mode: (former: SchemaFile) => Compatibility;
  /** Of the former's record, oldest first; the last is the former itself. */
  readonly versions: (former: SchemaFile) => readonly string[];
}

/** @param former the newest version of each record, as it was */
export function reportOf(against: string, schemas: readonly SchemaFile[], former: readonly SchemaFile[], of: Former): Report {
  const now = new Map(schemas.map((current) => [current.schema.name, current]));
  const problems = former.flatMap((old) => {
    const current = now.get(old.schema.name);
    // What is as it was breaks nobody anew.
    if (current === undefined || current.schema.text === old.schema.text) return [];
    const mode = of.mode(old);
    const breaks = compatibilityProblems(mode, current.schema.text, of.versions(old)).map((problem) => ({
      ...place(current),
      path: problem.path,
      reader: problem.reader,
      writer: problem.writer,
      problem: incompatibilityShown(problem),
    }));
    return mode === "NONE" ? [] : [...renamed(old, current), ...breaks];
  });
  const notes = former.filter(({ schema }) => !now.has(schema.name)).map((old) => gone(old, schemas));
  return { against, schemas: schemas.length, problems, notes };
}

/** One line a finding, and what it comes to. */
export function reportShown({ against, schemas, problems, notes }: Report): string {
  const lines = [...notes, ...problems].map(({ file, problem }) => `${file}: ${problem}`);
  const count = `${schemas} ${schemas === 1 ? "schema" : "schemas"}`;
  const end =
    problems.length === 0
      ? `${count} compared with ${against}: nothing breaks`
      : `${count} compared with ${against}: ${problems.length} to mend`;
  return `${[...lines, end].join("\n")}\n`;
}

function renamed(old: SchemaFile, current: SchemaFile): readonly Finding[] {
  if (old.schema.event === current.schema.event) return [];
  return [
    about(
      current,
      `the event ${old.schema.event} became ${current.schema.event}: whoever waits for the old name gets nothing more. Keep it, and give the new event a record of its own`,
    ),
  ];
}

function gone(old: SchemaFile, schemas: readonly SchemaFile[]): Finding {
  const successor = schemas.find(({ schema }) => schema.event === old.schema.event);
  if (successor !== undefined) {
    return about(
      old,
      `the record ${old.schema.name} of ${old.schema.event} became ${successor.schema.name}: to a registry that is another subject, and nothing is compared`,
    );
  }
  return about(old, `the schema of ${old.schema.event} is gone: events of it stay readable, and no new ones are checked`);
}

function about(file: SchemaFile, problem: string): Finding {
  return { ...place(file), path: "", reader: null, writer: null, problem };
}

function place({ shown, schema }: SchemaFile): { readonly file: string; readonly event: string } {
  return { file: shown, event: schema.event };
}
