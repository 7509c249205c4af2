// Holds the house together: imports go strictly down the ranks, and a few places stay what they are.
import { globSync, readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, test } from "vitest";

const ROOT = path.resolve(import.meta.dirname, "..");

/** Words that all may use. `core` uses nobody's, the generated schemas use core's. */
const WORDS = ["engine/core", "schemas"];

const RANKS: Readonly<Record<string, number>> = {
  "engine/observability": 0,
  "engine/config": 0,
  "engine/workflow": 1,
  "engine/log": 1,
  "engine/journal": 2,
  "engine/execution": 2,
  "engine/schemas": 2,
  "engine/sealing": 2,
  "engine/sources": 3,
  "engine/task": 3,
  "engine/worker": 4,
  "engine/replay": 5,
  "engine/sdk": 6,
  consumers: 7,
  outbox: 7,
  server: 8,
  cli: 9,
};

/** Libraries and modules of Node that one folder wraps for all others; or a few, each for a purpose of its own. */
const WRAPPED: Readonly<Record<string, string | readonly string[]>> = {
  kafkajs: "engine/log/kafka",
  "@kafkajs/confluent-schema-registry": "engine/schemas/registry",
  "node:sqlite": ["engine/log/embedded", "consumers/run-history"],
  "@marcbachmann/cel-js": "engine/workflow/expression",
  croner: "engine/workflow/cron",
  "prom-client": "engine/observability",
  "@opentelemetry/api": "engine/observability",
};

/** What the workflow may import: libraries whose answers follow from what they are given. */
const PURE_LIBRARIES: readonly string[] = ["croner", "@marcbachmann/cel-js"];

const IMPURE =
  /\b(Date\.now|new Date\(\)|Math\.random|performance\.|process\.|crypto\.|setTimeout|setInterval|setImmediate|queueMicrotask)/;
const NAMES_THAT_SAY_NOTHING = /^(utils?|helpers?|internals?|common)$/;

/** Path from the project's root → text. */
type Sources = ReadonlyMap<string, string>;

const sources: Sources = new Map(
  globSync("{engine,schemas,consumers,outbox,server,cli}/**/*.ts", { cwd: ROOT }).map((file) => [
    file.replaceAll(path.sep, "/"),
    readFileSync(path.join(ROOT, file), "utf8"),
  ]),
);

test("imports go strictly down the ranks", () => {
  expect(upwardImports(sources)).toEqual([]);
});

test("kafkajs, registries' client, node:sqlite, croner and what observes are known to one folder alone", () => {
  expect(unwrappedImports(sources)).toEqual([]);
});

test("the workflow is pure: no modules of Node, no clock, no chance, no process", () => {
  expect(impurities(sources)).toEqual([]);
});

test("no barrels inside the engine, but for the package's face", () => {
  expect(barrels(sources)).toEqual([]);
});

test("every name says what is inside", () => {
  expect(namesThatSayNothing(sources)).toEqual([]);
});

test.each(globSync("engine/*/", { cwd: ROOT }))("%s has a README of one paragraph", (folder) => {
  const paragraphs = readFileSync(path.join(ROOT, folder, "README.md"), "utf8")
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== "" && !paragraph.startsWith("#"));
  expect(paragraphs).toHaveLength(1);
});

describe("the rules themselves find", () => {
  const found = (rule: (given: Sources) => string[], file: string, text: string): string[] => rule(new Map([[file, text]]));

  test("an import from above, from a sibling of the same rank, and from outside the house", () => {
    const from = (file: string, imported: string): string[] => found(upwardImports, file, `import { a } from "${imported}";`);
    expect(from("engine/workflow/run/start.ts", "../../task/task.ts")).toHaveLength(1);
    expect(from("engine/workflow/run/start.ts", "../../log/log.ts")).toHaveLength(1);
    expect(from("engine/core/ids.ts", "../../schemas/journal/generated.ts")).toHaveLength(1);
    expect(from("engine/task/task.ts", "../../test/support/kafka/start.ts")).toHaveLength(1);
    expect(from("engine/task/task.ts", "../workflow/decide.ts")).toEqual([]);
    expect(from("engine/task/task.ts", "./restore.ts")).toEqual([]);
    expect(from("engine/workflow/records.ts", "../../schemas/journal/generated.ts")).toEqual([]);
    expect(from("cli/main.ts", "../engine/sdk/index.ts")).toEqual([]);
  });

  test("imports in all their spellings", () => {
    const text = `import "./a.ts";\nimport type { B } from "./b.ts";\nimport {\n  c,\n} from "./c.ts";\nexport * from "./d.ts";\nawait import("./e.ts");`;
    expect(importsOf(text)).toEqual(["./a.ts", "./b.ts", "./c.ts", "./d.ts", "./e.ts"]);
  });

  test("a library used past its adapter", () => {
    expect(found(unwrappedImports, "engine/task/task.ts", `import { Kafka } from "kafkajs";`)).toHaveLength(1);
    expect(found(unwrappedImports, "cli/main.ts", `import x from "kafkajs/src/cluster/index.js";`)).toHaveLength(1);
    expect(found(unwrappedImports, "engine/log/kafka/client.ts", `import { Kafka } from "kafkajs";`)).toEqual([]);
  });

  test("a clock in the workflow, and not one in a comment", () => {
    expect(found(impurities, "engine/workflow/a.ts", "const now = Date.now();")).toHaveLength(1);
    expect(found(impurities, "engine/workflow/a.ts", `import { hash } from "node:crypto";`)).toHaveLength(1);
    expect(found(impurities, "engine/workflow/cron/a.ts", `import { Cron } from "croner";`)).toEqual([]);
    expect(found(impurities, "engine/workflow/a.ts", "// never Date.now() here")).toEqual([]);
    expect(found(impurities, "engine/task/a.ts", "const now = Date.now();")).toEqual([]);
  });

  test("a barrel, by name or by content", () => {
    expect(found(barrels, "engine/log/index.ts", "export const a = 1;")).toHaveLength(1);
    expect(found(barrels, "engine/log/all.ts", `export * from "./log.ts";\nexport { x } from "./errors.ts";`)).toHaveLength(1);
    expect(found(barrels, "engine/sdk/index.ts", `export * from "./millrace.ts";`)).toEqual([]);
  });

  test("a file or folder named utils", () => {
    expect(found(namesThatSayNothing, "engine/log/utils.ts", "")).toHaveLength(1);
    expect(found(namesThatSayNothing, "engine/common/log.ts", "")).toHaveLength(1);
  });
});

function upwardImports(given: Sources): string[] {
  return each(given, (file, text) =>
    importsOf(text)
      .filter((imported) => imported.startsWith("."))
      .map((imported) => path.posix.join(path.posix.dirname(file), imported))
      .filter((imported) => !mayImport(houseOf(file), houseOf(imported)))
      .map((imported) => `${file} may not import ${imported}`),
  );
}

function mayImport(from: string, to: string): boolean {
  if (from === to) return true;
  if (from === "engine/core") return false;
  if (from === "schemas") return to === "engine/core";
  if (WORDS.includes(to)) return true;
  const [above, below] = [RANKS[from], RANKS[to]];
  return above !== undefined && below !== undefined && above > below;
}

function unwrappedImports(given: Sources): string[] {
  return each(given, (file, text) =>
    importsOf(text)
      .filter((imported) => {
        const wrapper = Object.entries(WRAPPED).find(([library]) => imported === library || imported.startsWith(`${library}/`))?.[1];
        return wrapper !== undefined && ![wrapper].flat().some((folder) => file.startsWith(`${folder}/`));
      })
      .map((imported) => `${file} may not import ${imported}`),
  );
}

function impurities(given: Sources): string[] {
  return each(given, (file, text) => {
    if (!file.startsWith("engine/workflow/")) return [];
    const modules = importsOf(text).filter((imported) => !imported.startsWith(".") && !PURE_LIBRARIES.includes(imported));
    const use = IMPURE.exec(withoutComments(text))?.[0];
    return [...modules, ...(use === undefined ? [] : [use])].map((impurity) => `${file} uses ${impurity}`);
  });
}

function barrels(given: Sources): string[] {
  return each(given, (file, text) => {
    if (!file.startsWith("engine/") || file === "engine/sdk/index.ts") return [];
    // Passing on the generated types is fine: the schemas are not the engine's modules.
    const rest = withoutComments(text).replaceAll(
      /export\s+(type\s+)?(\*(\s+as\s+\w+)?|\{[^}]*\})\s+from\s+"(?!.*\/schemas\/)[^"]+";/g,
      "",
    );
    const onlyPassesOn = rest.trim() === "" && text.includes("export");
    return path.basename(file) === "index.ts" || onlyPassesOn ? [`${file} is a barrel`] : [];
  });
}

function namesThatSayNothing(given: Sources): string[] {
  return each(given, (file) =>
    file
      .replace(/\.ts$/, "")
      .split("/")
      .filter((name) => NAMES_THAT_SAY_NOTHING.test(name))
      .map((name) => `${file}: ${name} says nothing`),
  );
}

/** `engine/log/kafka/client.ts` lives in `engine/log`, `cli/main.ts` in `cli`. */
function houseOf(file: string): string {
  const [top, second] = file.split("/");
  return top === "engine" ? `engine/${second}` : (top ?? "");
}

function importsOf(text: string): string[] {
  const specifiers = /(?<!["\w])from\s*"([^"]+)"|\bimport\s*"([^"]+)"|\bimport\(\s*"([^"]+)"/g;
  return [...withoutComments(text).matchAll(specifiers)].map((match) => match[1] ?? match[2] ?? match[3] ?? "");
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, "$1");
}

function each(given: Sources, rule: (file: string, text: string) => string[]): string[] {
  return [...given].flatMap(([file, text]) => rule(file, text));
}
