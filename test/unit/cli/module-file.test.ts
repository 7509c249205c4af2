// Which module a command is about.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { moduleFile } from "../../../cli/module-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "millrace-module-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function make(...files: readonly string[]): void {
  for (const file of files) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), "");
  }
}

test("the one that is named, else what package.json says, else the first of the usual ones", () => {
  make("index.ts", "src/app.ts", "other.ts");
  expect(moduleFile("other.ts", folder)).toBe(path.join(folder, "other.ts"));
  expect(moduleFile(undefined, folder)).toBe(path.join(folder, "src/app.ts"));
  writeFileSync(path.join(folder, "package.json"), `{ "millrace": "./other.ts" }`);
  expect(moduleFile(undefined, folder)).toBe(path.join(folder, "other.ts"));
});

test("what is not there is told, with who named it", () => {
  const told = (words: RegExp): unknown =>
    expect.objectContaining({ code: "CLI_NO_MODULE", message: expect.stringMatching(words) as string });
  expect(() => moduleFile("gone.ts", folder)).toThrow(told(/^gone\.ts, which the command names/));
  expect(() => moduleFile(".", folder)).toThrow(told(/is no file/));
  expect(() => moduleFile(undefined, folder)).toThrow(told(/"millrace": "src\/app\.ts"/));
  writeFileSync(path.join(folder, "package.json"), `{ "millrace": "lost.ts" }`);
  expect(() => moduleFile(undefined, folder)).toThrow(told(/^lost\.ts, which package\.json names/));
});
