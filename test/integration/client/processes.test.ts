// Commands as processes: what they are given through a pipe, what nobody reads, and an answer that is lost on its way.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test, vi } from "vitest";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const SDK = pathToFileURL(path.join(ROOT, "engine/sdk/index.ts")).href;
const PATIENCE = { timeout: 30_000, interval: 20 };
const folder = mkdtempSync(path.join(tmpdir(), "millrace-processes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface More {
  readonly env?: Readonly<Record<string, string>>;
  /** Comes a second after the command has begun. */
  readonly lateInput?: string;
  /** Nobody reads what it says beside its result. */
  readonly isUnheard?: true;
}

async function millrace(words: readonly string[], { env = {}, lateInput, isUnheard }: More = {}): Promise<Said> {
  const child = spawn(process.execPath, ["--conditions=@millrace/source", path.join(ROOT, "cli/main.ts"), ...words], {
    cwd: folder,
    env: { ...process.env, ...env },
  });
  if (isUnheard === true) child.stderr.destroy();
  const over = new Promise<number | null>((resolve) => child.once("close", resolve));
  const said = Promise.all([text(child.stdout), isUnheard === true ? "" : text(child.stderr)]);
  if (lateInput !== undefined) await sleep(1_000);
  child.stdin.end(lateInput);
  const [out, err] = await said;
  return { code: await over, out, err };
}

/** Answers each request with what `answer` makes of its body; null: it ends the connection without a word. */
async function serving(
  answer: (body: string) => object | null,
): Promise<{ readonly url: string; readonly server: Server; readonly asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      asked.push(body);
      const answered = answer(body);
      if (answered === null) request.socket.destroy();
      else response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answered));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, asked };
}

test("data that comes late through a pipe is waited for", async () => {
  const { url, server, asked } = await serving(() => ({ events: [{ id: "1", topic: "shop.events", partition: 0, offset: 1 }] }));
  const { code, err } = await millrace(["send", "order/placed", "--data", "-", "--server", url], { lateInput: '{"order":1}' });
  server.close();
  expect(err).toBe("");
  expect(code).toBe(0);
  expect(JSON.parse(asked[0] ?? "")).toMatchObject({ name: "order/placed", data: { order: 1 } });
});

test("a re-run whose answer is lost may have begun: the command that is told repeats it once", async () => {
  const run = "01K9ZC6Y1N8XQ2B7V4T5M3RDEF";
  const { url, server, asked } = await serving(() => (asked.length === 1 ? null : { id: run, operation: "any" }));
  const lost = await millrace(["runs", "rerun", run, "--server", url]);
  expect(lost.code).toBe(6);
  const [, again = ""] = /this repeats it once: millrace (.+)$/m.exec(lost.err) ?? [];
  expect(again).toContain(`runs rerun ${run} --server ${url} --id rerun-`);
  expect((await millrace(again.split(" "))).code).toBe(0);
  server.close();
  const [first, second] = asked.map((body) => (JSON.parse(body) as { readonly id: string }).id);
  expect(first).toMatch(/^rerun-/);
  expect(second).toBe(first);
});

test.each([
  ["an event", ["send", "order/placed"], /this sends it so that it counts once: millrace send order\/placed .*--id \S+$/m],
  ["a re-run", ["runs", "rerun", "01K9ZC6Y1N8XQ2B7V4T5M3RDEF"], /this repeats it once: millrace runs rerun .*--id rerun-\S+$/m],
])("Ctrl-C while nothing is answered about %s says how to go on", async (_, words, again) => {
  const asked = Promise.withResolvers<void>();
  const silent = createServer(() => asked.resolve());
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const child = spawn(process.execPath, ["--conditions=@millrace/source", path.join(ROOT, "cli/main.ts"), ...words, "--server", url]);
  const over = new Promise<number | null>((resolve) => child.once("close", resolve));
  const said = text(child.stderr);
  await asked.promise;
  child.kill("SIGINT");
  expect(await said).toMatch(again);
  expect(await over).toBe(130);
  silent.closeAllConnections();
  silent.close();
});

test("one that nobody heard is told as that alone", async () => {
  const { url, server } = await serving(() => null);
  await new Promise((resolve) => server.close(resolve));
  const { code, err } = await millrace(["runs", "rerun", "01K9ZC6Y1N8XQ2B7V4T5M3RDEF", "--server", url]);
  expect(code).toBe(6);
  expect(err).toContain("CLI_NO_SERVER");
  expect(err).not.toContain("It may have");
});

test("a server that leads elsewhere is told with where, and nothing is asked for there as something to read", async () => {
  const methods: string[] = [];
  const there = createServer((request, response) => {
    methods.push(request.method ?? "");
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
  await new Promise<void>((resolve) => there.listen(0, "127.0.0.1", resolve));
  const other = `http://127.0.0.1:${(there.address() as AddressInfo).port}/shop`;
  const here = createServer((request, response) => response.writeHead(301, { location: `${other}${request.url}` }).end());
  await new Promise<void>((resolve) => here.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(here.address() as AddressInfo).port}`;
  const { code, err } = await millrace(["send", "order/placed", "--id", "1", "--server", url]);
  here.close();
  there.close();
  expect(err).toContain(`CLI_NOT_MILLRACE: ${url} leads to ${other}. If that is your server, say so: --server ${other}`);
  expect(code).toBe(6);
  expect(methods).toEqual([]);
});

test("doctor says where there is no embedded log yet: whoever means Kafka has said so nowhere", async () => {
  const { code, out } = await millrace(["doctor", "--app", "shop"]);
  expect(out).toMatch(/^! log: embedded \S+: there is none yet$/m);
  expect(out).toContain("MILLRACE_BROKERS");
  expect(code).toBe(0);
});

test("where nobody reads what is said beside a result, the result comes all the same", async () => {
  writeFileSync(
    path.join(folder, "app.ts"),
    `import { Millrace } from ${JSON.stringify(SDK)};\nexport const app = new Millrace({ id: "shop" });\n`,
  );
  const env = { MILLRACE_NOTHING_OF_OURS: "1" };
  const heard = await millrace(["config", "app.ts"], { env });
  expect(heard.err).toContain("MILLRACE_NOTHING_OF_OURS");
  expect(await millrace(["config", "app.ts"], { env, isUnheard: true })).toEqual({ ...heard, err: "" });
});

test("a worker goes on where nobody reads what its app prints, and stops in good order", async () => {
  const printed = path.join(folder, "printed");
  const app = `import { writeFileSync } from "node:fs";
import { Millrace } from ${JSON.stringify(SDK)};
let times = 0;
setInterval(() => {
  console.log("line".repeat(1_000));
  writeFileSync(${JSON.stringify(printed)}, String(++times));
}, 5).unref();
export const app = new Millrace({ id: "printing", partitions: 1, log: { kind: "embedded", path: ":memory:" } });
app.createFunction({ id: "f", triggers: [{ event: "e" }] }, () => null);
`;
  writeFileSync(path.join(folder, "printing.ts"), app);
  const child = spawn(process.execPath, ["--conditions=@millrace/source", path.join(ROOT, "cli/main.ts"), "worker", "printing.ts"], {
    cwd: folder,
    env: { ...process.env, LOG_LEVEL: "silent" },
  });
  child.stdout.destroy();
  const over = new Promise<number | null>((resolve) => child.once("close", resolve));
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (more: string) => (said += more));
  await vi.waitFor(() => expect(said).toContain("printing started"), PATIENCE);
  const before = Number(readFileSync(printed, "utf8"));
  await vi.waitFor(() => expect(Number(readFileSync(printed, "utf8"))).toBeGreaterThan(before + 20), PATIENCE);
  child.kill("SIGTERM");
  expect(await over).toBe(0);
  expect(said).toContain("SIGTERM: stopping printing");
});

test("an app that is named beside a module, and is another, is refused and not passed over", async () => {
  writeFileSync(
    path.join(folder, "shop.ts"),
    `import { Millrace } from ${JSON.stringify(SDK)};\nexport const app = new Millrace({ id: "shop" });\n`,
  );
  for (const words of [["config"], ["doctor"], ["start", "--no-login", "--port", "0"]]) {
    const [command = "", ...flags] = words;
    const { code, err } = await millrace([command, "shop.ts", "--app", "bakery", ...flags]);
    expect(err, command).toContain('CLI_BAD_CHOICE: --app names "bakery", and the app of the module is "shop"');
    expect(code, command).toBe(2);
  }
  const { code, err } = await millrace(["start", "shop.ts", "--no-login", "--codec", "codec.ts"]);
  expect(err).toContain("CLI_BAD_CHOICE: --codec is for --app without a module");
  expect(code).toBe(2);
});

test("the help of a command that there is not is that it is not there", async () => {
  for (const words of [
    ["help", "snd"],
    ["snd", "--help"],
  ]) {
    const { code, out, err } = await millrace(words);
    expect(code, words.join(" ")).toBe(2);
    expect(out).toBe("");
    expect(err).toContain("Did you mean send?");
  }
});

test("flags that would mean nothing are refused", async () => {
  const choose = { code: 2, err: expect.stringMatching(/^CLI_BAD_CHOICE: /) as string };
  expect(await millrace(["runs", "list", "--history", "history.db", "--server", "http://127.0.0.1:9"])).toMatchObject(choose);
  expect(await millrace(["consumers", "show", "mailer", "--consumer", "other"])).toMatchObject(choose);
  expect(await millrace(["start", "--no-login", "--tokens", "tokens.json"])).toMatchObject(choose);
  const backfill = await millrace(["backfill", "pause", "one", "--app", "shop", "--wait"]);
  expect(backfill).toMatchObject({ code: 2, err: expect.stringContaining("leave out --wait") as string });
  expect(await millrace(["send", "order/placed", "--from-line", "3"])).toMatchObject({
    code: 2,
    err: expect.stringContaining("--ndjson") as string,
  });
  expect(await millrace(["send", "order/placed", "--time", "12"])).toMatchObject({
    code: 2,
    err: expect.stringContaining("CLI_BAD_TIME") as string,
  });
});

test("tokens are listed for scripts a line each, like everything else", async () => {
  for (const name of ["ada", "bob"])
    expect((await millrace(["token", "create", name, "--tokens", "tokens.json", "--rate", "5"])).code).toBe(0);
  const { out } = await millrace(["token", "list", "--tokens", "tokens.json", "--json"]);
  expect(
    out
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { readonly name: string }).name),
  ).toEqual(["ada", "bob"]);
  expect((await millrace(["token", "list", "--tokens", "tokens.json"])).out).toMatch(/^ada {2}read {2}5\/s {2}since /);
});
