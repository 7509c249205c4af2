// Settings from outside of an app's code: what counts, where it comes from, and what is said of those that are wrong.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { tellUnread } from "../../../cli/command-settings.ts";
import { shownSettings } from "../../../cli/config.ts";
import { serverAlerts } from "../../../cli/server-alerts.ts";
import { checkOptions } from "../../../engine/config/options.ts";
import { SETTINGS } from "../../../engine/config/setting-list.ts";
import { filledIn } from "../../../engine/config/outside.ts";
import { readSettings, type Settings } from "../../../engine/config/settings.ts";
import { readPages } from "../docs/pages.ts";

const folder = mkdtempSync(path.join(tmpdir(), "millrace-settings-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ALL = SETTINGS.map(({ name }) => name).filter((name) => !name.startsWith("worker."));

function settings(given: {
  readonly flags?: object;
  readonly environment?: Readonly<Record<string, string>>;
  readonly file?: object;
  readonly taken?: readonly string[];
}): Settings {
  const file = path.join(folder, "millrace.json");
  writeFileSync(file, JSON.stringify(given.file ?? {}));
  return readSettings({ flags: { ...given.flags }, taken: given.taken ?? ALL, environment: given.environment ?? {}, file });
}

describe("settings", () => {
  test("a flag counts before the environment, and that before the file", () => {
    const all = { file: { server: { port: 1 } }, environment: { MILLRACE_PORT: "2" }, flags: { port: "3" } };
    expect(settings(all).values.server.port).toBe(3);
    expect(settings({ ...all, flags: {} }).values.server.port).toBe(2);
    expect(settings({ file: all.file }).values.server.port).toBe(1);
    expect(settings({}).values.server.port).toBe(8288);
  });

  test("what is wrong is told with what was given, and what is missing in it", () => {
    expect(() => settings({ flags: { port: "abc" }, taken: ["worker.port"] })).toThrow(
      'worker.port: a number is wanted, not "abc" (--port)',
    );
    expect(() => settings({ environment: { MILLRACE_LOGIN: "no" } })).toThrow(
      'server.login: true or false is wanted, not "no" (MILLRACE_LOGIN)',
    );
    for (const server of ["localhost:8288", "127.0.0.1:8288", "ada:secret@host"]) {
      const given = (): Settings => settings({ flags: { server }, taken: ["client.server"] });
      expect(given).toThrow("http:// or https:// is missing in front of it (--server)");
      expect(given).not.toThrow(/secret/);
    }
    expect(() => settings({ flags: { server: "ftp://host" }, taken: ["client.server"] })).toThrow(
      "client.server: no address: it is one such as http://127.0.0.1:8288 (--server)",
    );
  });

  test("each knows where it comes from, also where a group comes from several places", () => {
    const { given } = settings({
      file: { log: { brokers: ["a:1"], sasl: { mechanism: "plain", username: "shop", password: "in the file" } } },
      environment: { MILLRACE_SASL_PASSWORD: "in the environment", MILLRACE_BROKERS: "b:2, c:3" },
      flags: { topicPrefix: "eu." },
    });
    expect(given.tree).toMatchObject({ log: { brokers: ["b:2", "c:3"], sasl: { mechanism: "plain", password: "in the environment" } } });
    expect(given.originOf("log.brokers")).toMatchObject({ kind: "environment", name: "MILLRACE_BROKERS" });
    expect(given.originOf("log.sasl.username")).toMatchObject({ kind: "file" });
    expect(given.originOf("topicPrefix")).toMatchObject({ name: "--topic-prefix" });
    expect(given.originOf("partitions")).toBeNull();
  });

  test("a flag is that of the command that takes it: a worker's port is not the server's", () => {
    const { values } = settings({ flags: { port: "9100" }, taken: ["worker.port"] });
    expect([values.worker.port, values.server.port]).toEqual([9100, 8288]);
  });

  test("a flag that negates counts only where it is given", () => {
    expect(settings({ flags: { login: true } }).values.server.login).toBe(true);
    expect(settings({ flags: { login: false } }).values.server.login).toBe(false);
    expect(settings({ flags: { login: true }, environment: { MILLRACE_LOGIN: "false" } }).values.server.login).toBe(false);
  });

  test("everything that is wrong is told at once, with where it comes from and what may have been meant", () => {
    const problem = errorOf(() =>
      settings({
        file: { partitons: 3, server: { prot: 1, limits: { streems: 1 } } },
        environment: { MILLRACE_BROKER: "a:1", MILLRACE_STANDBYS: "many", MILLRACE_UNRELATED: "1", MILLRACE_ERASABLE: "true" },
        flags: { port: "99999" },
      }),
    );
    expect(problem).toMatchObject({ code: "INVALID_SETTINGS" });
    const lines = problem.message.split("\n").slice(1);
    expect(lines).toHaveLength(7);
    for (const part of [
      /partitons is no setting: did you mean partitions\? \(.*millrace\.json\)/,
      /server\.prot is no setting: did you mean server\.port\?/,
      /server\.limits\.streems is no setting: did you mean server\.limits\.streams\?/,
      /MILLRACE_BROKER is no setting: did you mean MILLRACE_BROKERS\?/,
      /MILLRACE_ERASABLE is no setting: "erasable" has no variable; it stands in the file of settings, or in the code/,
      /standbys: .*number.* \(MILLRACE_STANDBYS\)/,
      /server\.port: .* \(--port\)/,
    ]) {
      expect(lines).toContainEqual(expect.stringMatching(part));
    }
  });

  test("a variable that is called as the place of a setting is refused, and says where that stands", () => {
    const wrong = (variable: string): readonly string[] => {
      const { message } = errorOf(() => settings({ environment: { [variable]: "1" } }));
      return message.split("\n").slice(1);
    };
    expect(wrong("MILLRACE_MAX_EVENT_BYTES")).toEqual([expect.stringContaining('"maxEventBytes" has no variable')]);
    expect(wrong("MILLRACE_SEND_LINGER_MS")).toEqual([expect.stringContaining('"send.lingerMs" has no variable')]);
    expect(wrong("MILLRACE_SERVER_LIMITS_STREAMS")).toEqual([expect.stringContaining('"server.limits.streams" has no variable')]);
    expect(wrong("MILLRACE_ERASEABLE")).toEqual([expect.stringContaining('"erasable" has no variable')]);
    expect(wrong("MILLRACE_LOG_BROKERS")).toEqual([expect.stringContaining("did you mean MILLRACE_BROKERS?")]);
  });

  test("a variable that is nothing of the kind is told, and refuses nothing", () => {
    const environment = { MILLRACE_KEY_2026: "secret", MILLRACE_SERVICE_HOST: "10.0.0.1", MILLRACE_PARTITIONS: "3" };
    const told: string[] = [];
    const read = settings({ environment });
    tellUnread(read, (line) => told.push(line));
    expect(read.values.partitions).toBe(3);
    expect(told).toEqual([expect.stringMatching(/^MILLRACE_KEY_2026, MILLRACE_SERVICE_HOST: no settings/)]);
    tellUnread(settings({ environment: { MILLRACE_PARTITIONS: "3" } }), (line) => told.push(line));
    expect(told).toHaveLength(1);
  });

  test("an app without a command refuses the same variables, instead of making an embedded log beside the cluster that was meant", () => {
    const of = (environment: Readonly<Record<string, string>>): unknown => checkOptions({ id: "shop" }, environment);
    expect(errorOf(() => of({ MILLRACE_BROKER: "a:1", MILLRACE_ERASABLE: "true" }))).toMatchObject({
      code: "INVALID_OPTIONS",
      message: expect.stringMatching(/MILLRACE_BROKER is no setting[^]*MILLRACE_ERASABLE is no setting/) as string,
    });
    expect(of({ MILLRACE_KEY_2026: "secret", MILLRACE_BROKERS: "a:1" })).toMatchObject({ log: { kind: "kafka", brokers: ["a:1"] } });
  });

  test("a file that is no JSON, or no object, is told by its name", () => {
    const file = path.join(folder, "broken.json");
    for (const text of ["{", "[1]"]) {
      writeFileSync(file, text);
      expect(errorOf(() => readSettings({ flags: {}, taken: [], environment: {}, file })).message).toContain(file);
    }
    expect(errorOf(() => readSettings({ flags: {}, taken: [], environment: {}, file: `${file}.none` })).message).toContain("none");
  });

  test("passwords are never shown, wherever they come from and however they are called", () => {
    const secrets = {
      log: { brokers: ["a:1"], sasl: { mechanism: "aws", secretAccessKey: "canary 1", password: "canary 2" }, ssl: { key: "canary 3" } },
      registry: { url: "http://r", auth: { username: "u", password: "canary 4" }, headers: { authorization: "canary 5" } },
    };
    const shown = shownSettings(settings({ file: secrets, environment: { MILLRACE_SASL_PASSWORD: "canary 6" } }), null);
    expect(JSON.stringify(shown)).not.toContain("canary");
    expect(shown).toContainEqual({ name: "log.sasl.password", value: "(set)", origin: "MILLRACE_SASL_PASSWORD" });
    expect(shown).toContainEqual(expect.objectContaining({ name: "log.sasl.mechanism", value: "aws" }));
    const ofServer = {
      server: { alerts: { url: "http://chat/canary", secret: "a canary of 16 characters", headers: { authorization: "canary" } } },
    };
    const environment = { MILLRACE_TOKEN: "canary" };
    const also = shownSettings(settings({ file: ofServer, environment }), null);
    expect(JSON.stringify(also)).not.toContain("canary");
    for (const name of ["server.alerts.url", "server.alerts.secret", "server.alerts.headers.authorization", "client.token"]) {
      expect(also).toContainEqual(expect.objectContaining({ name, value: "(set)" }));
    }
  });

  test("where a server tells alerts comes from flag, environment and file, in that order", () => {
    const file = { server: { alerts: { url: "http://file/", secret: "from the file: 16 or more", maxLag: 5 } } };
    const environment = { MILLRACE_ALERTS_URL: "http://environment/", MILLRACE_ALERTS_ON: "NO_WORKERS, RUN_FAILED" };
    const { alerts } = settings({ file, environment, flags: { alerts: "http://flag/" } }).values.server;
    expect(alerts).toEqual({ url: "http://flag/", secret: "from the file: 16 or more", on: ["NO_WORKERS", "RUN_FAILED"], maxLag: 5 });
    expect(settings({ file, environment }).values.server.alerts.url).toBe("http://environment/");
    expect(settings({}).values.server.alerts).toEqual({ maxLag: 100_000 });
  });

  test("alerts of a server that nobody would hear of are refused; what says how, and not where, is for who has the address", () => {
    const { alerts } = settings({ environment: { MILLRACE_ALERTS_SECRET: "a secret of 16 or more" } }).values.server;
    expect(alerts).toEqual({ secret: "a secret of 16 or more", maxLag: 100_000 });
    expect(() => serverAlerts(alerts)).toThrow("server.alerts.secret says how alerts are told, and nothing says where");
    expect(serverAlerts({ maxLag: 5 })).toBeNull();
    expect(serverAlerts({ ...alerts, url: "http://chat/" })).toEqual({ ...alerts, url: "http://chat/" });
    const wrong = (environment: Readonly<Record<string, string>>): string => errorOf(() => settings({ environment })).message;
    const to = { MILLRACE_ALERTS_URL: "http://chat/" };
    expect(wrong({ ...to, MILLRACE_ALERTS_ON: "NO_WORKER" })).toMatch(/server\.alerts\.on: .*"NO_WORKERS".*\(MILLRACE_ALERTS_ON\)/);
    expect(wrong({ ...to, MILLRACE_ALERTS_SECRET: "short" })).toMatch(/16 characters.*\(MILLRACE_ALERTS_SECRET\)/);
    expect(wrong({ MILLRACE_ALERTS_URL: "chat.example" })).toContain("MILLRACE_ALERTS_URL");
  });
});

describe("what code says", () => {
  const filled = (options: object, outside: Readonly<Record<string, unknown>>): unknown =>
    filledIn(options, outside, ["id", "log", "partitions", "registry"]);

  test("stays: settings from outside fill in what it leaves out", () => {
    expect(filled({ id: "shop", partitions: 3 }, { partitions: 8, app: "other", server: { port: 1 } })).toEqual({
      id: "shop",
      partitions: 3,
    });
    expect(filled({ id: "shop" }, { partitions: 8 })).toEqual({ id: "shop", partitions: 8 });
    expect(filled({ registry: { url: "http://a" } }, { registry: { url: "http://b", timeoutMs: 5 } })).toEqual({
      registry: { url: "http://a", timeoutMs: 5 },
    });
  });

  test("of the kind of log stays, and takes only what is of that kind", () => {
    const outside = { log: { brokers: ["a:1"], sasl: { mechanism: "plain" }, path: "/data" } };
    expect(filled({}, outside)).toEqual({ log: { kind: "kafka", brokers: ["a:1"], sasl: { mechanism: "plain" } } });
    expect(filled({ log: { kind: "kafka", brokers: ["b:2"] } }, outside)).toEqual({
      log: { kind: "kafka", brokers: ["b:2"], sasl: { mechanism: "plain" } },
    });
    expect(filled({ log: { kind: "embedded" } }, outside)).toEqual({ log: { kind: "embedded", path: "/data" } });
    expect(filled({}, { log: { path: "/data" } })).toEqual({ log: { kind: "embedded", path: "/data" } });
    expect(filled({}, {})).toEqual({});
  });
});

test("the guide has every setting that flags and the environment may give, with both names", () => {
  const [page] = readPages("docs/guide/configuration.md");
  const rows = [...(page?.text ?? "").matchAll(/^\| `([\w.]+)` +\| (?:`(--[\w-]+)`)? *\| `(MILLRACE_\w+)`/gm)].map(([, ...row]) => row);
  expect(rows).toEqual(SETTINGS.map(({ name, flag, environment }) => [name, flag?.split(" ")[0], environment]));
});

function errorOf(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("nothing was thrown");
}
