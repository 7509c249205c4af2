// Reports of dry runs as a server keeps and shows them.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Scope } from "../../../server/contract/words.ts";
import type { Replay } from "../../../server/contract/replays.ts";
import { newApi } from "../../../server/http/api.ts";
import { ReportFiles, writeRuns, type KeptReport } from "../../../server/replays/report-files.ts";
import { Replays } from "../../../server/replays/replays.ts";
import { replaysResource } from "../../../server/resources/replays.ts";
import type { Operations, ServedApp, ServerTools } from "../../../server/served-app.ts";
import { FakeClock } from "../../support/fake-clock.ts";

let directory: string;
let files: ReportFiles;
beforeEach(() => {
  directory = path.join(mkdtempSync(path.join(tmpdir(), "millrace-reports-")), "replays-shop");
  files = new ReportFiles(directory);
});
afterEach(() => rmSync(path.dirname(directory), { recursive: true, force: true }));

const WHERE = 'event.data.email == "ada@example.com"';

function report(id: string): KeptReport {
  const operation = { id, kind: "dry-run", title: "", state: "done", done: 0, total: 0, detail: "", actor: "ada", error: null } as const;
  const head = { function: "order", counts: {}, total: 3, missing: [], madeAt: "" } as unknown as KeptReport["head"];
  return {
    operation: { ...operation, startedAt: 1, endedAt: 2 },
    request: { function: "order", where: WHERE, recompute: [] },
    head,
    applied: [],
  };
}

test("a report is for its owner alone: what events carried is in it", async () => {
  await files.prepare();
  await writeRuns(files.runsFile("one"), []);
  await files.keep("one", () => report("one"));
  const modes = [directory, ...readdirSync(directory).map((name) => path.join(directory, name))].map((file) => statSync(file).mode & 0o077);
  expect(modes).toEqual([0, 0, 0]);
});

test("what is left of a report whose writing was cut off is removed once it is old; whole ones, and what is being written, stay", async () => {
  mkdirSync(directory);
  const now = Date.now();
  const left = (name: string, minutes: number): void => {
    const file = path.join(directory, name);
    writeFileSync(file, "");
    utimesSync(file, (now - minutes * 60_000) / 1_000, (now - minutes * 60_000) / 1_000);
  };
  for (const name of ["old.ndjson.part", "old.json.01K.part", "headless.ndjson", "whole.ndjson", "whole.json"]) left(name, 90);
  for (const name of ["young.ndjson.part", "young.ndjson"]) left(name, 5);
  await files.tidy(now);
  expect(readdirSync(directory).toSorted()).toEqual(["whole.json", "whole.ndjson", "young.ndjson", "young.ndjson.part"]);
  await new ReportFiles(path.join(directory, "none")).tidy(now);
});

test("a condition that names data is told to those who may see data, and to nobody else", async () => {
  await files.prepare();
  await files.keep("one", () => report("one"));
  const served = { id: "shop", history: { location: () => path.join(path.dirname(directory), "history.db") } } as unknown as ServedApp;
  const operations: Partial<Operations> = { list: () => [], get: () => null };
  const asking = async (at: string, scopes: readonly Scope[]): Promise<unknown> => {
    const api = newApi();
    api.use(async (c, next) => {
      c.set("actor", "ada");
      c.set("scopes", scopes);
      c.set("patience", { answerMs: 10_000, clock: new FakeClock() });
      await next();
    });
    replaysResource(api, served, { operations } as unknown as ServerTools);
    return (await api.request(at)).json();
  };
  const all = (await asking("/replays/one", ["read", "payloads"])) as Replay;
  expect(all.request).toEqual({ function: "order", where: WHERE, recompute: [] });
  for (const at of ["/replays/one", "/replays"]) expect(JSON.stringify(await asking(at, ["read"]))).not.toContain("ada@example.com");
  expect(((await asking("/replays/one", ["read"])) as Replay).request).toEqual({ function: "order", recompute: [] });
});

test("a condition that is none is told to who asks, and to nobody by an operation", async () => {
  const code = { module: "app.ts", parts: { functions: new Map([["order", {}]]) } };
  const served = {
    id: "shop",
    code,
    history: { location: () => path.join(path.dirname(directory), "history.db") },
  } as unknown as ServedApp;
  const replays = new Replays(served, {} as Operations);
  const check = (where: string): void => replays.check({ function: "order", where, recompute: [] });
  expect(() => check('event.data.email = "ada@example.com"')).toThrow(expect.objectContaining({ code: "INVALID_EXPRESSION" }));
  check(WHERE);
});
