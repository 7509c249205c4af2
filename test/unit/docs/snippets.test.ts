// Every TypeScript snippet of the README and the guides compiles, against docs/snippets/world.d.ts and the library's source.
import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { readPages, ROOT } from "./pages.ts";

const FOLDER = ".cache/docs-snippets";

/** What matters in a house matters less in a snippet. */
const LENIENT = { noUnusedLocals: false, noUnusedParameters: false, noPropertyAccessFromIndexSignature: false };

interface Snippet {
  readonly page: string;
  /** Of the page, from 1; the snippet's first line is the one after. */
  readonly fenceLine: number;
  readonly code: string;
}

test("snippets compile", { timeout: 60_000 }, async () => {
  const snippets = readPages("README.md", "docs/guide/*.md").flatMap(({ file, text }) => snippetsOf(file, text));
  expect(snippets.length).toBeGreaterThan(20);
  write(snippets);
  expect(await problems()).toEqual([]);
});

test("a snippet stands at its page's own line, and is a module", () => {
  const [snippet] = snippetsOf("a.md", "Text\n\n```ts\nconst a = 1;\n```\n\n```sh\nls\n```\n");
  expect(snippet).toEqual({ page: "a.md", fenceLine: 3, code: "const a = 1;\n" });
  expect(snippet && moduleOf(snippet)).toBe("\n\n\nconst a = 1;\n\nexport {};\n");
});

function snippetsOf(page: string, text: string): Snippet[] {
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => ({
    page,
    fenceLine: text.slice(0, match.index).split("\n").length,
    code: match[1] ?? "",
  }));
}

/** As many empty lines before it as in its page, so that the compiler's line numbers are the page's. */
function moduleOf({ fenceLine, code }: Snippet): string {
  return `${"\n".repeat(fenceLine)}${code}\nexport {};\n`;
}

function write(snippets: readonly Snippet[]): void {
  const folder = path.join(ROOT, FOLDER);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const compilerOptions = { ...LENIENT, incremental: false, tsBuildInfoFile: null };
  const settings = { extends: "../../tsconfig.json", compilerOptions, include: ["*.ts", "../../docs/snippets/world.d.ts"] };
  writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify(settings));
  for (const snippet of snippets) {
    writeFileSync(path.join(folder, `${snippet.page.replaceAll("/", "=")}@${snippet.fenceLine}.ts`), moduleOf(snippet));
  }
}

/** The compiler's complaints, by page and line. Those about the library itself are the business of `npm run check`. */
async function problems(): Promise<readonly string[]> {
  const tsc = path.join(ROOT, "node_modules/.bin/tsc");
  try {
    await promisify(execFile)(tsc, ["-p", FOLDER, "--pretty", "false"], { cwd: ROOT });
    return [];
  } catch (error) {
    if (!(error instanceof Error && "stdout" in error) || typeof error.stdout !== "string") throw error;
    const lines = error.stdout
      .trim()
      .split("\n")
      .filter((line) => !/^(engine|schemas)\//.test(line));
    return lines.map((line) =>
      line.replace(/^.*docs-snippets\/(.+)@\d+\.ts\((\d+),(\d+)\)/, (_, page: string, ...at: string[]) => {
        return `${page.replaceAll("=", "/")}:${at[0] ?? ""}:${at[1] ?? ""}`;
      }),
    );
  }
}
