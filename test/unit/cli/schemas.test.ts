// The command `millrace schemas` in a project of its own: files, commits, and what a job of CI sees.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Millrace } from "../../../engine/sdk/index.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");

let project = "";
beforeEach(async () => {
  project = await mkdtemp(path.join(tmpdir(), "millrace-schemas-"));
  mkdirSync(path.join(project, "schemas/events"), { recursive: true });
});
afterEach(() => rm(project, { recursive: true, force: true }));

describe("millrace schemas check", { timeout: 120_000 }, () => {
  test("fails with the field and its reader, in text and in JSON", async () => {
    write("order.avsc", order({ name: "total", type: "int" }));
    commit();
    expect(await millrace("check")).toEqual({ code: 0, out: "1 schema compared with HEAD: nothing breaks\n", err: "" });
    write("order.avsc", order({ name: "total", type: "string" }));
    const said = "field total: a reader with version 2 cannot read what version 1 writes: it was written as int, and the reader has string";
    expect(await millrace("check")).toEqual({
      code: 1,
      out: `schemas/events/order.avsc: ${said}\n1 schema compared with HEAD: 1 to mend\n`,
      err: "",
    });
    const { code, out } = await millrace("check", "--json");
    const finding = {
      file: "schemas/events/order.avsc",
      event: "order/placed",
      path: "total",
      reader: "version 2",
      writer: "version 1",
      problem: said,
    };
    expect(JSON.parse(out)).toEqual({ against: "HEAD", schemas: 1, problems: [finding], notes: [] });
    expect(code).toBe(1);
    expect((await millrace("check", "--mode", "none")).code).toBe(0);
  });

  test("what is committed is compared with the commit before, so that a job of CI fails; a clone without one says so", async () => {
    write("order.avsc", order({ name: "total", type: "int" }));
    commit();
    write("order.avsc", order({ name: "total", type: "string" }));
    commit();
    const { code, out } = await millrace("check");
    expect(out).toContain("field total: a reader with version 2 cannot read what version 1 writes");
    expect(out).toContain("1 schema compared with HEAD^: 1 to mend");
    expect(code).toBe(1);
    writeFileSync(path.join(project, "README.md"), "Something else.");
    commit();
    expect(await millrace("check")).toMatchObject({ code: 0, out: "1 schema compared with HEAD^: nothing breaks\n" });

    const shallow = path.join(project, "shallow");
    execFileSync("git", ["clone", "-q", "--depth=1", `file://${project}`, shallow], { stdio: "ignore" });
    const folder = path.join(shallow, "schemas/events");
    expect((await millrace("check", "--dir", folder)).err).toMatch(
      /^CLI_NO_VERSIONS: the schemas in .* and this clone has no other\. Fetch/,
    );
  });

  test("compares with the commit that is named, and with all versions up to it where the mode says so", async () => {
    write("order.avsc", order({ name: "total", type: "int" }));
    commit("release");
    write("order.avsc", order());
    commit();
    write("order.avsc", order({ name: "total", type: "string", default: "" }));
    expect((await millrace("check")).code).toBe(0);
    expect((await millrace("check", "--against", "release")).out).toContain(
      "field total: a reader with version 2 cannot read what version 1 writes",
    );
    expect((await millrace("check", "--mode", "BACKWARD_TRANSITIVE")).out).toContain(
      "field total: a reader with version 3 cannot read what version 1 writes",
    );
  });

  test("a schema that moved is compared as well; an event with another name breaks those who wait for it; a schema that is gone is told", async () => {
    write("order.avsc", order({ name: "total", type: "int" }));
    write("user.avsc", { type: "record", name: "User", event: "user/signed.up", fields: [] });
    commit();
    rmSync(path.join(project, "schemas/events/user.avsc"));
    rmSync(path.join(project, "schemas/events/order.avsc"));
    write("shop/order.avsc", { ...order({ name: "total", type: "string" }), event: "order/made" });
    const { code, out } = await millrace("check");
    expect(out.split("\n")).toEqual([
      "schemas/events/user.avsc: the schema of user/signed.up is gone: events of it stay readable, and no new ones are checked",
      "schemas/events/shop/order.avsc: the event order/placed became order/made: whoever waits for the old name gets nothing more. Keep it, and give the new event a record of its own",
      "schemas/events/shop/order.avsc: field total: a reader with version 2 cannot read what version 1 writes: it was written as int, and the reader has string",
      "1 schema compared with HEAD: 2 to mend",
      "",
    ]);
    expect(code).toBe(1);
  });

  test("says what is wrong with all files that are no schemas", async () => {
    write("a.avsc", { type: "record", name: "A", fields: [{ name: "b", type: "Money" }] });
    writeFileSync(path.join(project, "schemas/events/b.avsc"), "{");
    write("c.avsc", order());
    write("d.avsc", order());
    write("e.avsc", { type: "record", name: "E", event: "millrace/done", fields: [] });
    const { code, err } = await millrace("check");
    expect(code).toBe(1);
    expect(err).toMatch(/^schemas\/events\/e\.avsc is of millrace\/done: events that begin with "millrace\/" are the engine's own$/m);
    expect(err).toMatch(/^SCHEMA_INVALID: schemas\/events\/a\.avsc cannot be used .* "Money", which is not defined before it$/m);
    expect(err).toMatch(/^schemas\/events\/b\.avsc is no JSON/m);
    expect(err).toMatch(/^schemas\/events\/c\.avsc and schemas\/events\/d\.avsc are both of the event order\/placed$/m);
  });

  test("says what it misses: a folder, a commit, an app", async () => {
    expect((await millrace("check")).err).toMatch(/^CLI_NO_SCHEMAS: /);
    write("order.avsc", order());
    expect((await millrace("check")).err).toMatch(/^CLI_NO_VERSIONS: git cannot tell/);
    expect((await millrace("check", "--registry", "http://localhost:1")).err).toMatch(/^CLI_APP_UNNAMED: /);
    expect((await millrace("check", "--registry", "http://localhost:1", "--app", "shop")).err).toMatch(/^REGISTRY_UNAVAILABLE: /);
  });

  test("compares with what a registry has, by the mode that is in force there", async () => {
    write("order.avsc", order({ name: "total", type: "string" }));
    // As other tools register: without what they do not know.
    const { event: _, ...registered } = order({ name: "total", type: "int" });
    await using registry = await registryWith("shop.events-shop.OrderPlaced", JSON.stringify(registered));
    const { code, out } = await millrace("check", "--registry", registry.url, "--app", "shop");
    expect(out).toBe(
      "schemas/events/order.avsc: field total: a reader with version 1 cannot read what version 2 writes: it was written as string, and the reader has int\n" +
        `1 schema compared with ${registry.url}: 1 to mend\n`,
    );
    expect(code).toBe(1);
  });
});

describe("millrace schemas generate", { timeout: 120_000 }, () => {
  test("writes the module, and sees when it is not what the schemas say", async () => {
    write("order.avsc", order());
    expect((await millrace("generate", "--check")).err).toMatch(/^CLI_STALE_TYPES: /);
    expect(await millrace("generate")).toMatchObject({ code: 0 });
    expect(await millrace("generate", "--check")).toMatchObject({ code: 0 });
    expect(readFileSync(path.join(project, "schemas/events/generated.ts"), "utf8")).toContain('"order/placed": OrderPlaced;');
    write("order.avsc", order({ name: "total", type: "int" }));
    expect(await millrace("generate", "--check")).toMatchObject({ code: 1 });
    expect(await millrace("generate", "--out", "types.ts")).toMatchObject({ code: 0 });
    expect(readFileSync(path.join(project, "types.ts"), "utf8")).toContain("readonly total: number;");
  });
});

describe("millrace schemas register", { timeout: 120_000 }, () => {
  test("makes schemas known to the app's own topic, once, and refuses one that breaks readers", async () => {
    const app = new Millrace({ id: "shop", log: { kind: "embedded", path: path.join(project, "log") }, partitions: 1 });
    app.createFunction({ id: "f", triggers: [{ event: "order/placed" }] }, () => null);
    await app.start();
    await app.stop();
    const place = ["--app", "shop", "--path", "log"];
    write("order.avsc", order({ name: "total", type: "int" }));
    const first = await millrace("register", ...place);
    expect(first).toMatchObject({ code: 0, err: "" });
    const { id, ...told } = JSON.parse(first.out) as { readonly id: unknown };
    expect(id).toBeTypeOf("number");
    expect(told).toEqual({
      file: "schemas/events/order.avsc",
      event: "order/placed",
      subject: "shop.events-shop.OrderPlaced",
    });
    expect((await millrace("register", ...place)).out).toBe(first.out);
    write("order.avsc", order({ name: "total", type: "string" }));
    const checked = await millrace("check", ...place);
    expect(checked.out).toContain("version 2 cannot read what version 1 writes");
    expect(checked.code).toBe(1);
    const refused = await millrace("register", ...place);
    expect(refused.err).toContain("SCHEMA_INCOMPATIBLE: schemas/events/order.avsc: ");
    expect(refused.code).toBe(1);
  });
});

function order(...fields: object[]): { readonly event: string } {
  return { type: "record", name: "shop.OrderPlaced", event: "order/placed", fields } as { readonly event: string };
}

function write(file: string, schema: object): void {
  const place = path.join(project, "schemas/events", file);
  mkdirSync(path.dirname(place), { recursive: true });
  writeFileSync(place, JSON.stringify(schema));
}

function commit(tag?: string): void {
  const git = (...words: string[]): void => void execFileSync("git", words, { cwd: project, stdio: "ignore" });
  git("init", "-q");
  git("add", "-A");
  git("-c", "user.name=Test", "-c", "user.email=test@example.org", "commit", "-q", "-m", "Schemas");
  if (tag !== undefined) git("tag", tag);
}

async function millrace(...words: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const main = path.join(ROOT, "cli/main.ts");
  const child = spawn(process.execPath, [main, "schemas", ...words], { cwd: project, stdio: ["ignore", "pipe", "pipe"], timeout: 60_000 });
  const said = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said.out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said.err += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...said };
}

/** Has one version of one subject, and the mode FORWARD. */
async function registryWith(subject: string, schema: string): Promise<{ url: string } & AsyncDisposable> {
  const answers: Readonly<Record<string, unknown>> = {
    [`/subjects/${subject}/versions`]: [1],
    [`/subjects/${subject}/versions/1`]: { subject, version: 1, id: 7, schema },
    "/config": { compatibilityLevel: "FORWARD" },
  };
  const server = createServer((request, response) => {
    const answer = answers[decodeURIComponent(request.url ?? "")];
    response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(answer ?? { error_code: 40401, message: "not found" }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
