// What `millrace dev` says of code that does not compile.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { failureOf } from "../../../cli/dev/failure.ts";

const folder = mkdtempSync(path.join(tmpdir(), "millrace-broken-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the line is shown without Node's own frames, and without the colours that a terminal's child is told to have", () => {
  const file = path.join(folder, "broken.mjs");
  writeFileSync(file, "const a = ;\n");
  vi.stubEnv("FORCE_COLOR", "1");
  try {
    const { text } = failureOf(new SyntaxError("Unexpected token ';'"), [file]);
    expect(text).toBe(`${file}:1\nconst a = ;\n          ^\n\nSyntaxError: Unexpected token ';'`);
  } finally {
    vi.unstubAllEnvs();
  }
});
