// What is installed with Millrace: few packages, of exact versions, by their checksums, under licences that allow it, and without scripts of their own.
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const ROOT = path.resolve(import.meta.dirname, "../../..");

interface Locked {
  readonly version?: string;
  readonly dev?: boolean;
  readonly link?: boolean;
  readonly optional?: boolean;
  readonly license?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly hasInstallScript?: boolean;
}

const LICENCES = new Set(["MIT", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "BlueOak-1.0.0"]);

/** Say nothing of it in their package.json; what their LICENSE says was read. */
const BY_FILE: Readonly<Record<string, RegExp>> = { "node_modules/@kafkajs/confluent-schema-registry": /^MIT License/ };

/** Looks at the version that its user asked for, and prints a warning. Comes with @kafkajs/confluent-schema-registry, and is not used by Millrace. */
const SCRIPTS = ["node_modules/protobufjs"];

const lock = JSON.parse(readFileSync(path.join(ROOT, "package-lock.json"), "utf8")) as { packages: Record<string, Locked> };
const manifest = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8")) as Record<string, Record<string, string>>;
const all = Object.entries(lock.packages).filter(([place]) => place !== "");
const production = all.filter(([, { dev, link }]) => dev !== true && link !== true);

test("what it depends on is named by exact versions, in development as well", () => {
  const named = Object.entries({ ...manifest["dependencies"], ...manifest["devDependencies"] });
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
});

test("each package is held by its checksum, and comes from a registry, not from a repository or an address", () => {
  // Binaries of tools for other machines were never fetched where the lockfile was made.
  const held = all.filter(([, { link, dev, optional }]) => link !== true && !(dev === true && optional === true));
  expect(held.length).toBeGreaterThan(100);
  expect(held.filter(([, { integrity }]) => integrity?.startsWith("sha512-") !== true).map(([place]) => place)).toEqual([]);
  expect(held.filter(([, { resolved }]) => resolved !== undefined).map(([place]) => place)).toEqual([]);
  expect(held.filter(([, { version }]) => !/^\d+\.\d+\.\d+/.test(version ?? "")).map(([place]) => place)).toEqual([]);
});

test("no package that users install runs a script as it is installed, but one that is known", () => {
  expect(production.filter(([, { hasInstallScript }]) => hasInstallScript === true).map(([place]) => place)).toEqual(SCRIPTS);
});

test("packages that users install have licences that allow it", () => {
  const others = production.filter(([, { license }]) => license === undefined || !LICENCES.has(license)).map(([place]) => place);
  expect(others).toEqual(Object.keys(BY_FILE));
  for (const [place, licence] of Object.entries(BY_FILE)) expect(readFileSync(path.join(ROOT, place, "LICENSE"), "utf8")).toMatch(licence);
});

test("there are not many of them", () => {
  expect(production.length).toBeLessThan(70);
});
