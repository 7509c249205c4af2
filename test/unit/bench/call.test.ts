import { expect, test } from "vitest";
import { callOf, usage } from "../../../bench/call.ts";
import { readPages } from "../docs/pages.ts";

test("a case is named first, and three steps are what is measured where none is", () => {
  expect(callOf([])).toMatchObject({ kind: "case", name: "three-steps", values: { log: "embedded", partitions: "8", fsync: "never" } });
  expect(callOf(["waits", "--open-waits", "10", "--keyed"])).toMatchObject({ name: "waits", values: { "open-waits": "10", keyed: true } });
});

test("what it may be asked for is said where somebody asks, and where a call is wrong, with what is wrong", () => {
  expect(callOf(["--help"])).toEqual({ kind: "usage", problem: null });
  expect(callOf(["three-step"])).toEqual({ kind: "usage", problem: 'there is no case "three-step"' });
  expect(callOf(["--partitons", "3"])).toMatchObject({ kind: "usage", problem: expect.stringContaining("--partitons") as string });
  expect(callOf(["toString"])).toMatchObject({ kind: "usage" });
});

test("the page of the benchmarks has a row for each case and each option, with what counts by default, and no other", () => {
  const [page] = readPages("bench/README.md");
  const rows = [...(page?.text ?? "").matchAll(/^\| `(-{0,2})([a-z-]+)(?: [^`]*)?` +\|([^|]*)\|/gm)];
  const [cases, options] = usage().split("Options:");
  const named = (text: string | undefined): readonly string[] =>
    [...(text ?? "").matchAll(/^ {2}(?:--)?([a-z-]+) /gm)].map(([, name]) => name ?? "");
  const ofPage = (dashes: string): readonly string[] => rows.filter((row) => row[1] === dashes).map((row) => row[2] ?? "");
  expect(ofPage("").toSorted()).toEqual(named(cases).toSorted());
  expect(ofPage("--")).toEqual(named(options));
  for (const [, name, counts] of (options ?? "").matchAll(/^ {2}--([a-z-]+) .*\(default: (\w+)\)$/gm)) {
    expect(rows.find((row) => row[2] === name)?.[3]?.replaceAll(/[, `]/g, ""), name).toBe(counts);
  }
});
