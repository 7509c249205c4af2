// Writes schemas/journal/generated.ts: the schemas as values and their TypeScript types. `--check` only compares.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "prettier";

const FOLDER = join(import.meta.dirname, "../schemas/journal");
const OUTPUT = join(FOLDER, "generated.ts");

type Schema = string | Schema[] | SchemaObject;
interface SchemaObject {
  type: string | SchemaObject;
  name?: string;
  doc?: string;
  logicalType?: string;
  fields?: { name: string; type: Schema; doc?: string }[];
  items?: Schema;
  values?: Schema;
  symbols?: string[];
}

const PRIMITIVES: Record<string, string> = {
  string: "string",
  long: "number",
  int: "number",
  double: "number",
  boolean: "boolean",
  bytes: "Buffer",
  null: "null",
};
const LOGICAL: Record<string, string> = { "run-id": "RunId", "step-key": "StepKey" };

const declarations: string[] = [];
/** Unions of records, by the file they stand in: `frame`'s are decisions, `message`'s are bodies. */
const branches = new Map<string, string[]>();
let current = "";

function typeOf(schema: Schema, inRecordUnion = false): string {
  if (typeof schema === "string") return PRIMITIVES[schema] ?? schema;
  if (Array.isArray(schema)) {
    const isRecordUnion = schema.every((branch) => typeof branch === "object" && !Array.isArray(branch) && branch.type === "record");
    if (isRecordUnion)
      branches.set(
        current,
        schema.map((branch) => (branch as SchemaObject).name ?? ""),
      );
    return schema.map((branch) => typeOf(branch, isRecordUnion)).join(" | ");
  }
  if (typeof schema.type === "object") return typeOf(schema.type);
  if (schema.logicalType !== undefined)
    return LOGICAL[schema.logicalType] ?? fail(`no TypeScript type for logical type ${schema.logicalType}`);
  switch (schema.type) {
    case "record":
      return declareRecord(schema, inRecordUnion);
    case "enum":
      declarations.push(`export type ${schema.name} = ${(schema.symbols ?? []).map((symbol) => JSON.stringify(symbol)).join(" | ")};`);
      return schema.name ?? "";
    case "array":
      return `readonly (${typeOf(schema.items ?? "null")})[]`;
    case "map":
      return `Readonly<Record<string, ${typeOf(schema.values ?? "null")}>>`;
    default:
      return typeOf(schema.type);
  }
}

function declareRecord(schema: SchemaObject, tagged: boolean): string {
  const name = schema.name ?? fail("a record without a name");
  const fields = (schema.fields ?? []).map((field) => `${comment(field.doc)}readonly ${field.name}: ${typeOf(field.type)};`);
  const tag = tagged ? [`readonly type: ${JSON.stringify(name)};`] : [];
  declarations.push(`${comment(schema.doc)}export interface ${name} { ${[...tag, ...fields].join("\n")} }`);
  return name;
}

const comment = (doc: string | undefined): string => (doc === undefined ? "" : `/** ${doc} */\n`);

function fail(message: string): never {
  throw new Error(message);
}

const constants: string[] = [];
for (const file of readdirSync(FOLDER)
  .filter((name) => name.endsWith(".avsc"))
  .toSorted()) {
  const schema = JSON.parse(readFileSync(join(FOLDER, file), "utf8")) as SchemaObject;
  const [base = "", version = ""] = file.split(".");
  current = base;
  typeOf(schema);
  constants.push(`/** ${file} */\nexport const ${base}${version.toUpperCase()}Schema = ${JSON.stringify(schema)} as const;`);
}

const source = `// Made from the .avsc files beside it by \`npm run generate\`. Do not edit.
import type { RunId, StepKey } from "../../engine/core/ids.ts";

${declarations.join("\n\n")}

/** Every kind of decision that a frame may hold. */
export type JournalRecord = ${branches.get("frame")?.join(" | ")};

/** Everything that one task may tell another. */
export type MessageBody = ${branches.get("message")?.join(" | ")};

${constants.join("\n\n")}
`;
const text = await format(source, { parser: "typescript", printWidth: 140 });
if (process.argv.includes("--check")) {
  if (readFileSync(OUTPUT, "utf8") !== text) {
    process.stderr.write("schemas/journal/generated.ts is not what the .avsc files say: run `npm run generate`\n");
    process.exit(1);
  }
} else writeFileSync(OUTPUT, text);
