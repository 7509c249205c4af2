// Every code that an error or a line of the log can have is explained, and none that there is not.
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { readPages, ROOT } from "./pages.ts";

/** In capitals, and no codes. */
const OTHER_WORDS = new Set(["LOG_LEVEL", "BACKWARD_TRANSITIVE", "FORWARD_TRANSITIVE", "FULL_TRANSITIVE"]);

test("the guide to what stops explains every code, and no other", () => {
  const [page] = readPages("docs/guide/when-something-stops.md");
  const explained = [...(page?.text ?? "").matchAll(/^\| `([A-Z_]+)`/gm)].map((match) => match[1] ?? "");
  expect(explained.toSorted()).toEqual([...codesInSource()].toSorted());
});

/** Those that are used: one that only stands in a type is never met. */
function codesInSource(): Set<string> {
  const found = globSync("{engine,cli,consumers,outbox,server}/**/*.ts", { cwd: ROOT }).flatMap((file) => {
    const text = readFileSync(path.join(ROOT, file), "utf8").replaceAll(/type \w+ErrorCode =[^;]+;/g, "");
    const words = [...text.matchAll(/"([A-Z]+(?:_[A-Z]+)+)"/g)].map((match) => match[1] ?? "");
    // The others that stand in a protocol are Kafka's names.
    return file.includes("protocol") ? words.filter((word) => word.startsWith("LOG_")) : words;
  });
  return new Set(found.filter((word) => !OTHER_WORDS.has(word) && !word.startsWith("MILLRACE_")));
}
