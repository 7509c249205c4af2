// Commands as people type them, against a `millrace dev` that runs an app for them.
import { spawn, type ChildProcess } from "node:child_process";
import path from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { freePorts } from "../../support/kafka/ports.ts";
import { DevRun, ended, ROOT } from "../dev/dev-run.ts";

export interface Said {
  readonly code: number | string | null;
  readonly out: string;
  readonly err: string;
}

const SHOP = `
import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import { Millrace } from "millrace";
writeFileSync("pid", String(process.pid));
export const app = new Millrace({ id: "shop", partitions: 2 });
app.createFunction({ id: "fulfil", triggers: [{ event: "order/placed" }], retries: 0 }, async ({ event, step }) => {
  const paid = await step.run("charge", () => {
    if (event.data?.broke === true) throw new Error("no money");
    return { order: event.data?.order ?? null };
  });
  if (event.data?.waits === true) await step.waitForEvent("word", { event: "word/given", match: "data.order", timeout: "1 hour" });
  if (event.data?.rest !== undefined) await step.sleep("rest", event.data.rest);
  await step.sendEvent("tell", { name: "order/fulfilled", data: paid });
  return paid;
});
app.createFunction({ id: "ship", triggers: [{ event: "order/fulfilled" }] }, async ({ event, step }) => step.run("ship", () => event.data));
app.createFunction({ id: "count", triggers: [{ event: "counted" }] }, async ({ event }) => {
  appendFileSync("counted", event.data.n + "\\n");
});
app.createConsumer({
  id: "mailer",
  events: ["mail/asked"],
  from: "beginning",
  retries: 0,
  handle: async () => {
    if (!existsSync("mended")) throw new Error("no mail server");
  },
});
`;

export class Shell implements AsyncDisposable {
  readonly run: DevRun;

  private constructor(run: DevRun) {
    this.run = run;
  }

  static async withShop(): Promise<Shell> {
    const run = await DevRun.in({ "app.ts": SHOP });
    const [port = 0] = await freePorts(1);
    run.dev(port);
    await run.hears("Try it");
    return new Shell(run);
  }

  /** `millrace …words`, to its end. */
  async millrace(...words: readonly string[]): Promise<Said> {
    return this.typed(words, "");
  }

  async typed(words: readonly string[], input: string): Promise<Said> {
    const child = this.begin(...words);
    child.stdin?.end(input);
    return said(child);
  }

  /** Without waiting for it. */
  begin(...words: readonly string[]): ChildProcess {
    return spawn(process.execPath, ["--conditions=@millrace/source", path.join(ROOT, "cli/main.ts"), ...words], {
      cwd: this.run.folder,
      env: { ...process.env, LOG_LEVEL: "warn", MILLRACE_SERVER: this.run.url },
    });
  }

  async json(...words: readonly string[]): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const { code, out, err } = await this.millrace(...words, "--json");
    if (code !== 0) throw new Error(`millrace ${words.join(" ")} ended with ${String(code)}: ${err}`);
    return out
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.run[Symbol.asyncDispose]();
  }
}

/** Resolves when that stream of a command has said so, from now on. @throws Error where it ends before */
export async function hears(stream: Readable | null, words: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let heard = "";
  stream?.on("data", (chunk: Buffer) => {
    heard += chunk.toString();
    if (heard.includes(words)) resolve();
  });
  stream?.once("close", () => reject(new Error(`it has not said ${words}, but:\n${heard}`)));
  await promise;
}

export async function said(child: ChildProcess): Promise<Said> {
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error("nobody hears what it says");
  const [out, err, code] = await Promise.all([text(stdout), text(stderr), ended(child)]);
  return { code, out, err };
}
