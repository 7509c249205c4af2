import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const IMPORT = /^(?:import|export)\s+(type\s)?[^;]*?from\s+"([^"]+)"/gms;

/** Pure, and the same for a form as for the server that checks what comes of it. */
const SHARED = "engine/schemas/avro/";
/** Where types come from: the words of the API, and of what it hands on as the engine has it. */
const TYPES = ["server/contract/", "engine/workflow/flow/spec.ts", SHARED];

test("of the rest of the house the dashboard has the types of the API's contract alone, and the reading of Avro schemas", () => {
  const files = globSync("web/src/**/*.{ts,tsx}", { cwd: ROOT });
  expect(files.length).toBeGreaterThan(50);
  const wrong = files.flatMap((file) =>
    [...readFileSync(path.join(ROOT, file), "utf8").matchAll(IMPORT)].flatMap(([, type, from = ""]) => {
      const to = from.startsWith(".") ? path.posix.join(path.posix.dirname(file), from) : "";
      const isOutside = to !== "" && !to.startsWith("web/src/");
      const isAllowed = type === undefined ? to.startsWith(SHARED) : TYPES.some((each) => to.startsWith(each));
      return isOutside && !isAllowed ? [`${file} imports ${from}`] : [];
    }),
  );
  expect(wrong).toEqual([]);
});

test("nothing of it makes HTML of text, or asks another origin", () => {
  const sources = [...globSync("web/src/**/*.{ts,tsx,css}", { cwd: ROOT }), "web/index.html"];
  const wrong = sources.filter((file) =>
    /dangerouslySetInnerHTML|innerHTML\s*=|insertAdjacentHTML|document\.write|\beval\(|new Function\(|@import|url\(\s*["']?https?:|\bsrc="https?:/.test(
      readFileSync(path.join(ROOT, file), "utf8"),
    ),
  );
  expect(wrong).toEqual([]);
});
