// What `millrace dev` says to try: commands that are there where people are.
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { welcome } from "../../../cli/dev/welcome.ts";
import { commandIn, packageFile } from "../../../cli/package-file.ts";

const app = { id: "shop", log: "in memory", functions: [{ id: "fulfil", events: ["order/placed"] }], consumers: [] } as const;

test.each([
  ["a project that has the package installed", tmpdir(), "npx millrace"],
  ["a clone of the package, which npx does not find in itself", packageFile("."), "npm run -s millrace --"],
])("in %s", (_, folder, command) => {
  const said = welcome({ app, before: null, url: "http://localhost:8288", tookMs: 0, command: commandIn(folder) });
  expect(said).toContain(`\n  ${command} send order/placed --data '{}'\n  ${command} runs watch\n`);
});

test("the script of a clone is there", () => {
  expect(JSON.parse(readFileSync(packageFile("package.json"), "utf8"))).toHaveProperty("scripts.millrace");
});
