// What somebody says outside, and the app's code says otherwise.
import { expect, test } from "vitest";
import { checkAgainstCode } from "../../../cli/command-settings.ts";
import { GivenSettings } from "../../../engine/config/given-settings.ts";
import { checkOptions, type AppOptions } from "../../../engine/config/options.ts";
import { readSettings } from "../../../engine/config/settings.ts";

function told(code: AppOptions, flags: object, environment: Readonly<Record<string, string>> = {}): readonly string[] {
  const settings = readSettings({ flags: { ...flags }, taken: ["log.path", "log.brokers", "partitions"], environment });
  const lines: string[] = [];
  checkAgainstCode(settings, { options: checkOptions(code, environment) }, (line) => void lines.push(line));
  return lines;
}

test("a variable that the code overrules is told of", () => {
  expect(told({ id: "shop", partitions: 3 }, {}, { MILLRACE_PARTITIONS: "8" })).toEqual([
    expect.stringMatching(/^MILLRACE_PARTITIONS sets partitions otherwise than the app's code, which counts/),
  ]);
  expect(told({ id: "shop" }, {}, { MILLRACE_PARTITIONS: "5", MILLRACE_BROKERS: "a:1" })).toEqual([]);
  expect(told({ id: "shop", partitions: 8 }, {}, { MILLRACE_PARTITIONS: "8" })).toEqual([]);
});

test("a flag that the code overrules is refused: somebody meant it", () => {
  const code: AppOptions = { id: "shop", log: { kind: "kafka", brokers: ["a:1"] } };
  const refused = expect.objectContaining({ code: "INVALID_SETTINGS" }) as unknown;
  expect(() => told(code, { brokers: "b:2" })).toThrow(refused);
  expect(() => told(code, { path: "/data" })).toThrow(refused);
  expect(told(code, { brokers: "a:1" })).toEqual([]);
});

test("what is said later takes the place of all that it covers", () => {
  const given = new GivenSettings();
  const file = { kind: "file", name: "millrace.json" } as const;
  const environment = { kind: "environment", name: "MILLRACE_SSL" } as const;
  given.put("", { log: { ssl: { ca: "a", key: "b" } } }, file);
  given.put("log.ssl", true, environment);
  expect(given.tree).toEqual({ log: { ssl: true } });
  expect(given.originOf("log.ssl")).toBe(environment);
  given.put("log.ssl.ca", "c", file);
  expect(given.tree).toEqual({ log: { ssl: { ca: "c" } } });
  expect(given.originOf("log.ssl.ca")).toBe(file);
});
