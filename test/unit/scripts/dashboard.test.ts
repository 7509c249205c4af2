import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isCurrent } from "../../../scripts/dashboard.ts";

const NOON_S = 1_700_000_000;
let root = "";

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "millrace-dashboard-"));
  for (const name of ["web/src/main.tsx", "engine/schemas/avro/codec.ts", "vite.config.ts", "package-lock.json"]) put(name, NOON_S);
  for (const folder of ["web", "web/src", "engine/schemas/avro"]) date(folder, NOON_S);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test("a dashboard that is not there is built", () => {
  expect(isCurrent(root)).toBe(false);
});

test("a dashboard that is newer than all that it is made of stays", () => {
  put("dist-web/index.html", NOON_S + 1);
  expect(isCurrent(root)).toBe(true);
});

test.each(["web/src/main.tsx", "engine/schemas/avro/codec.ts", "vite.config.ts", "package-lock.json"])(
  "a dashboard that is older than %s is built anew",
  (name) => {
    put("dist-web/index.html", NOON_S + 1);
    put(name, NOON_S + 2);
    expect(isCurrent(root)).toBe(false);
  },
);

test("a file that went from its sources has it built anew", () => {
  put("web/src/gone.tsx", NOON_S);
  date("web/src", NOON_S);
  put("dist-web/index.html", NOON_S + 1);
  expect(isCurrent(root)).toBe(true);
  rmSync(path.join(root, "web/src/gone.tsx"));
  expect(isCurrent(root)).toBe(false);
});

function put(name: string, at: number): void {
  mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
  writeFileSync(path.join(root, name), "");
  date(name, at);
}

function date(name: string, at: number): void {
  utimesSync(path.join(root, name), at, at);
}
