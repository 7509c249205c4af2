// Which app a command is about, where no flag says it.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { namedApp } from "../../../cli/named-app.ts";
import { program } from "../../../cli/program.ts";

const folder = mkdtempSync(path.join(tmpdir(), "millrace-named-app-"));
const file = path.join(folder, "millrace.json");
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the flag counts before the environment, and that before the file", () => {
  writeFileSync(file, JSON.stringify({ app: "of-the-file" }));
  expect(namedApp({ config: file })).toBe("of-the-file");
  vi.stubEnv("MILLRACE_APP", "of-the-environment");
  expect(namedApp({ config: file })).toBe("of-the-environment");
  expect(namedApp({ config: file, app: "of-the-flag" })).toBe("of-the-flag");
});

test("where nobody names one, the three places are told in which one can", () => {
  writeFileSync(file, "{}");
  expect(() => namedApp({ config: file })).toThrow(
    expect.objectContaining({
      code: "CLI_APP_UNNAMED",
      message: expect.stringMatching(/--app.*MILLRACE_APP.*millrace\.json/) as string,
    }),
  );
});

test("a command that goes to the log looks for the app that the file names", async () => {
  const log = path.join(folder, "none");
  writeFileSync(file, JSON.stringify({ app: "bakery", log: { path: log } }));
  const words = ["verify", "--config", file];
  await expect((await program("verify")).parseAsync(words, { from: "user" })).rejects.toMatchObject({
    code: "CLI_NO_LOG",
    message: expect.stringContaining(log) as string,
  });
});

test("topics are those of the app as environment and file have it: its partitions, its keys, its consumers, and the server's audit", async () => {
  writeFileSync(file, JSON.stringify({ partitions: 5, topicPrefix: "eu.", erasable: true }));
  vi.stubEnv("MILLRACE_APP", "shop");
  const told: string[] = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => told.push(String(text)) > 0);
  const words = ["topics", "--config", file, "--consumer", "ledger@2"];
  await (await program("topics")).parseAsync(words, { from: "user" });
  const made = told.map((line) => /--topic (\S+) --partitions (\d+)/.exec(line)?.slice(1).join(" "));
  for (const line of told) expect(line).toContain("--bootstrap-server localhost:9092");
  expect(made).toEqual([
    "eu.shop.keys 1",
    "eu.shop.events 5",
    "eu.shop.journal 5",
    "eu.shop.inbox 5",
    "eu.shop.state 5",
    "eu.shop.functions 1",
    "eu.shop.schemas 1",
    "eu.shop.dead-letter 5",
    "eu.shop.audit 1",
    "eu.shop.ledger.v2.journal 5",
    "eu.shop.ledger.v2.inbox 5",
    "eu.shop.ledger.v2.state 5",
    "eu.shop.ledger.v2.functions 1",
    "eu.shop.ledger.v2.dead-letter 5",
  ]);
});

test("their commands go to the brokers of the settings, with as many copies as those say; a flag counts before", async () => {
  writeFileSync(file, JSON.stringify({ app: "shop", log: { brokers: ["kafka-1:9092", "kafka-2:9092"], replicationFactor: 1 } }));
  const told: string[] = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => told.push(String(text)) > 0);
  await (await program("topics")).parseAsync(["topics", "--config", file], { from: "user" });
  await (await program("topics")).parseAsync(["topics", "--config", file, "--replication-factor", "2"], { from: "user" });
  await (await program("topics")).parseAsync(["topics", "--config", file, "--acls", "--principal", "User:a"], { from: "user" });
  expect(told[0]).toContain("--bootstrap-server kafka-1:9092,kafka-2:9092 --create");
  expect(told[0]).toContain("--replication-factor 1");
  expect(told.filter((line) => line.includes("--replication-factor 2")).length).toBeGreaterThan(5);
  expect(told.at(-1)).toContain("--bootstrap-server kafka-1:9092,kafka-2:9092");
});

test("a flag for rights is not passed over where topics are printed", async () => {
  writeFileSync(file, JSON.stringify({ app: "shop" }));
  const words = ["topics", "--config", file, "--principal", "User:a"];
  await expect((await program("topics")).parseAsync(words, { from: "user" })).rejects.toMatchObject({ code: "CLI_BAD_CHOICE" });
});
