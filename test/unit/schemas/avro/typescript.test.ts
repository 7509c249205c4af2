// The module of types: what it says, and that it compiles for any schema, with the data that the codec takes.
import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseEventSchema, type EventSchema } from "../../../../engine/schemas/avro/event-schema.ts";
import { typesModule } from "../../../../engine/schemas/avro/typescript.ts";
import { anySchema, dataOf } from "./any-schema.ts";

const ROOT = path.resolve(import.meta.dirname, "../../../..");
const FOLDER = ".cache/event-types";

const ORDER = {
  type: "record",
  name: "shop.OrderPlaced",
  event: "order/placed",
  fields: [
    { name: "id", type: { type: "string", logicalType: "uuid" } },
    { name: "email", type: ["null", "string"], default: null },
    { name: "country", type: { type: "enum", name: "Country", symbols: ["AT", "DE"] } },
    { name: "total", type: { type: "bytes", logicalType: "decimal", precision: 12, scale: 2 } },
    { name: "placedAt", type: { type: "long", logicalType: "timestamp-millis" } },
    { name: "lines", type: { type: "array", items: ["null", { type: "record", name: "Line", fields: [{ name: "count", type: "int" }] }] } },
    { name: "labels", type: { type: "map", values: "boolean" } },
    { name: "paid", type: [{ type: "record", name: "Card", fields: [] }, { type: "record", name: "Invoice", fields: [] }, "null"] },
    { name: "before", type: ["null", "OrderPlaced"], default: null },
  ],
};

test("an event's data is what its schema says", () => {
  const text = typesModule([parseEventSchema(ORDER, "order.avsc")]);
  expect(text.slice(0, text.indexOf("/** For `new"))).toBe(`// Made from schemas of events by \`millrace schemas generate\`. Do not edit.
import { avro } from "millrace";

/** Data by the name of its event. */
export interface Events {
  "order/placed": OrderPlaced;
}

export interface OrderPlaced {
  /** A UUID. */
  readonly id: string;
  readonly email?: string | null;
  readonly country: Country;
  /** A decimal of 12 digits with 2 places. */
  readonly total: string;
  /** A time in ISO 8601 with its zone, to the millisecond, such as "2026-11-22T09:30:00.000Z". */
  readonly placedAt: string;
  readonly lines: readonly (Line | null)[];
  readonly labels: { readonly [key: string]: boolean };
  readonly paid: { readonly "shop.Card": Card } | { readonly "shop.Invoice": Invoice } | null;
  readonly before?: OrderPlaced | null;
}

export type Country = "AT" | "DE";

export interface Line {
  /** A whole number of 32 bits. */
  readonly count: number;
}

export interface Card {
}

export interface Invoice {
}

`);
  expect(text).toContain('export const schemas = {\n  "order/placed": avro<OrderPlaced>({\n    "type": "record",');
});

test("types of one name are told apart, and those that are the same are one", () => {
  const money = (name: string, type: string): object => ({ type: "record", name, fields: [{ name: "amount", type }] });
  const event = (name: string, type: object): EventSchema =>
    parseEventSchema({ type: "record", name, fields: [{ name: "price", type }] }, name);
  const text = typesModule([
    event("a.One", money("a.Money", "int")),
    event("a.Two", money("a.Money", "int")),
    event("b.Three", money("b.Money", "string")),
    event("b.Events", money("b.Money", "double")),
  ]);
  expect([...text.matchAll(/^export interface (\w+)/gm)].map(([, name]) => name)).toEqual([
    "Events",
    "One",
    "Money",
    "Two",
    "BEvents",
    "BMoney",
    "Three",
    "Money2",
  ]);
});

test("it is the same for the same schemas in another order", () => {
  const schemas = ["B", "A", "C"].map((name) => parseEventSchema({ type: "record", name, fields: [] }, name));
  expect(typesModule(schemas)).toBe(typesModule(schemas.toReversed()));
});

test("for any schema it compiles, and data of the schema is of its type", { timeout: 60_000 }, async () => {
  const samples = fc.sample(
    anySchema({ withLogicalTypes: true }).chain((schema) => fc.tuple(fc.constant(schema), dataOf(schema))),
    30,
  );
  rmSync(path.join(ROOT, FOLDER), { recursive: true, force: true });
  mkdirSync(path.join(ROOT, FOLDER), { recursive: true });
  samples.forEach(([schema, data], index) => {
    const text = typesModule([parseEventSchema({ ...schema, event: "any/event" }, "any")]);
    write(`sample${index}.ts`, `${text}\nexport const data: Events["any/event"] = ${JSON.stringify(data)};\n`);
  });
  const use = `import { Millrace } from "millrace";
import { schemas, type Events } from "./order.ts";
const app = new Millrace<Events>({ id: "shop", events: schemas });
export const sent = app.send({ name: "order/placed", data: {} as Events["order/placed"] });
// @ts-expect-error: it is no such data
export const wrong = app.send({ name: "order/placed", data: { id: 1 } });
`;
  write("order.ts", typesModule([parseEventSchema(ORDER, "order.avsc")]));
  write("use.ts", use);
  const compilerOptions = { incremental: false, tsBuildInfoFile: null };
  write("tsconfig.json", JSON.stringify({ extends: "../../tsconfig.json", compilerOptions, include: ["*.ts"] }));
  expect(await complaints()).toEqual([]);
});

function write(file: string, text: string): void {
  writeFileSync(path.join(ROOT, FOLDER, file), text);
}

/** The compiler's; those about the library itself are the business of `npm run check`. */
async function complaints(): Promise<readonly string[]> {
  try {
    await promisify(execFile)(path.join(ROOT, "node_modules/.bin/tsc"), ["-p", FOLDER, "--pretty", "false"], { cwd: ROOT });
    return [];
  } catch (error) {
    if (!(error instanceof Error && "stdout" in error) || typeof error.stdout !== "string") throw error;
    return error.stdout.split("\n").filter((line) => line.includes("event-types/"));
  }
}
