// millrace dev, with real processes and real files: what a person meets who edits, breaks and kills an app.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test, vi } from "vitest";
import { freePorts } from "../../support/kafka/ports.ts";
import { DevRun, ended } from "./dev-run.ts";

const PATIENCE = { timeout: 60_000, interval: 50 };

/** Leaves its process id and each call of its step, so that tests see what ran. */
const SHOP = `
import { appendFileSync, writeFileSync } from "node:fs";
import { Millrace } from "millrace";
import { price } from "./price.ts";
writeFileSync("pid", String(process.pid));
export const app = new Millrace({ id: "shop", partitions: 2 });
app.createFunction({ id: "fulfil", triggers: [{ event: "order/placed" }] }, async ({ event, step }) => {
  const paid = await step.run("charge", () => {
    appendFileSync("charged", event.id + "\\n");
    return price();
  });
  await step.sleep("rest", 20);
  return { paid };
});
`;
const priceOf = (price: number): string => `export const price = (): number => ${price};\n`;

async function port(): Promise<number> {
  const [free = 0] = await freePorts(1);
  return free;
}

interface ListedRun {
  readonly id: string;
  readonly status: string;
  readonly event: { readonly id: string } | null;
}

async function runsOf(run: DevRun): Promise<readonly ListedRun[]> {
  const runs: ListedRun[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const { text } = await run.ask(`/api/v1/runs?limit=100${cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`}`);
    const page = JSON.parse(text) as { readonly items: readonly ListedRun[]; readonly next: string | null };
    runs.push(...page.items);
    cursor = page.next;
  }
  return runs;
}

async function pidOf(run: DevRun): Promise<number> {
  return Number(await readFile(path.join(run.folder, "pid"), "utf8"));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("millrace dev", () => {
  test("runs the app with its API on one port, and says where it is and what to try", async () => {
    await using run = await DevRun.in({ "app.ts": SHOP, "price.ts": priceOf(1) });
    const child = run.dev(await port());
    await run.hears("Try it");
    expect(run.said).toContain(`dashboard   ${run.url}`);
    expect(run.said).toContain("fulfil  on order/placed");
    expect((await run.ask("/health/ready")).status).toBe(200);
    expect((await run.send({ name: "order/placed", data: {} })).status).toBe(200);
    await vi.waitFor(async () => expect((await runsOf(run)).map(({ status }) => status)).toEqual(["completed"]), PATIENCE);

    child.kill("SIGTERM");
    expect(await ended(child)).toBe(0);
    expect(isAlive(await pidOf(run))).toBe(false);
  });

  test("begins anew when a file changes, however an editor writes it; who asks meanwhile waits", async () => {
    await using run = await DevRun.in({ "app.ts": SHOP, "price.ts": priceOf(1) });
    run.dev(await port());
    await run.hears("Try it");
    const from = run.said.length;
    await run.replace("price.ts", priceOf(2));
    await run.hears("price.ts changed", from);
    // The port stays open: this waits for the app.
    expect((await run.ask("/api/v1/app")).status).toBe(200);
    const { text } = await run.send({ name: "order/placed", data: {} });
    expect(JSON.parse(text)).toMatchObject({ events: [{ topic: "shop.events" }] });
    await vi.waitFor(async () => {
      const [one] = await runsOf(run);
      const shown = JSON.parse((await run.ask(`/api/v1/runs/${one?.id}`)).text) as { readonly output: unknown };
      expect(shown.output).toBe('{"paid":2}');
    }, PATIENCE);
  });

  test("does not begin anew for a file that is written and says the same", async () => {
    await using run = await DevRun.in({ "app.ts": SHOP, "price.ts": priceOf(1) });
    run.dev(await port());
    await run.hears("Try it");
    const pid = await pidOf(run);
    await run.replace("app.ts", SHOP);
    await run.write("other.ts", "export {};");
    // A change that counts comes behind those that do not.
    await run.replace("price.ts", priceOf(2));
    await run.hears("runs again");
    expect(run.said.match(/ changed$/gm)).toEqual([" changed"]);
    expect(await pidOf(run)).not.toBe(pid);
  });

  test("loses nothing and doubles nothing while it is edited and killed (R5)", async () => {
    await using run = await DevRun.in({ "app.ts": SHOP, "price.ts": priceOf(1) });
    run.dev(await port());
    await run.hears("Try it");
    const sent: string[] = [];
    const send = async (round: number): Promise<void> => {
      const events = Array.from({ length: 25 }, (_, n) => ({ name: "order/placed", data: {}, id: `order ${round}-${n}`, key: `key ${n}` }));
      // A connection that breaks leaves in doubt whether they arrived: with their ids they may be sent again.
      await vi.waitFor(async () => expect((await run.send(...events)).status).toBe(200), PATIENCE);
      sent.push(...events.map(({ id }) => id));
    };
    for (let round = 0; round < 6; round++) {
      const sending = send(round);
      const from = run.said.length;
      if (round % 2 === 0) await run.replace("price.ts", priceOf(round + 2));
      else process.kill(await pidOf(run), "SIGKILL");
      await run.hears(/runs again/, from);
      await sending;
    }
    await vi.waitFor(async () => {
      const runs = await runsOf(run);
      expect(new Set(runs.map(({ event }) => event?.id))).toEqual(new Set(sent));
      expect(runs).toHaveLength(sent.length);
      expect(new Set(runs.map(({ status }) => status))).toEqual(new Set(["completed"]));
    }, PATIENCE);
    expect(sent).toHaveLength(150);
    const charged = (await readFile(path.join(run.folder, "charged"), "utf8")).trim().split("\n");
    expect(new Set(charged)).toEqual(new Set(sent));
  });

  test("holds the port while the code is broken, says why, and goes on when it is mended", async () => {
    await using run = await DevRun.in({ "app.ts": SHOP, "price.ts": "export const price = (: number => 1;\n" });
    run.dev(await port());
    await run.hears("begins again when a file changes");
    const told = await run.ask("/api/v1/app");
    expect(told).toMatchObject({ status: 503 });
    expect(JSON.parse(told.text)).toMatchObject({ code: "APP_NOT_RUNNING", detail: expect.stringContaining("price.ts:1") as string });
    const page = await run.ask("/", { headers: { accept: "text/html" } });
    expect(page.status).toBe(503);
    expect(page.text).toContain("<pre>");
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");

    await run.replace("price.ts", priceOf(1));
    await run.hears("Try it");
    expect((await run.ask("/api/v1/app")).status).toBe(200);
  });

  test("says what package.json lacks for a module that says import, and begins when it is there", async () => {
    await using run = await DevRun.in({ "app.ts": SHOP, "price.ts": priceOf(1), "package.json": `{ "type": "commonjs" }` });
    run.dev(await port());
    await run.hears("It begins again when a file changes");
    expect(run.said).toContain(`${path.join(run.folder, "package.json")} has "type": "commonjs"`);
    await run.write("package.json", `{ "type": "module" }`);
    await run.hears("Try it");
  });

  test("begins when a file is made that was missing", async () => {
    await using run = await DevRun.in({ "app.ts": SHOP });
    run.dev(await port());
    await run.hears("begins again when a file changes");
    expect(run.said).toContain("price.ts");
    await run.write("price.ts", priceOf(1));
    await run.hears("Try it");
  });

  test("an app that ends by itself is begun again, after a time that grows", async () => {
    const app = SHOP.replace("return price();", "if (price() === 1) process.exit(7); return price();");
    await using run = await DevRun.in({ "app.ts": app, "price.ts": priceOf(1) });
    run.dev(await port());
    await run.hears("Try it");
    await run.send({ name: "order/placed", data: {} });
    await run.hears(/ended by itself: exit code 7(.|\n)*ended by itself: exit code 7/);
    const waits = [...run.said.matchAll(/begins again in ([\d.]+) s/g)].map((match) => Number(match[1]));
    expect(waits[1]).toBeGreaterThan(waits[0] ?? Infinity);
    await run.replace("price.ts", priceOf(2));
    await vi.waitFor(async () => expect((await runsOf(run)).map(({ status }) => status)).toEqual(["completed"]), PATIENCE);
  });

  test("an app that its module starts itself is told what to leave out", async () => {
    await using run = await DevRun.in({ "app.ts": `${SHOP}\nawait app.start();\n`, "price.ts": priceOf(1) });
    run.dev(await port());
    await run.hears("MODULE_STARTED");
    expect((await run.ask("/")).status).toBe(503);
  });

  test("a port that is taken is told, with what to do", async () => {
    await using run = await DevRun.in({ "app.ts": SHOP, "price.ts": priceOf(1) });
    const taken = await port();
    run.dev(taken);
    await run.hears("Try it");
    const second = run.spawn("dev", "--port", String(taken), "--path", "elsewhere");
    expect(await ended(second)).toBe(1);
    await run.hears(`CLI_PORT_TAKEN: 127.0.0.1:${taken} is taken by another process`);
  });

  test("is for this machine alone", async () => {
    await using run = await DevRun.in({ "app.ts": SHOP, "price.ts": "broken" });
    expect(await ended(run.spawn("dev", "--host", "0.0.0.0"))).toBe(2);
    expect(run.said).toMatch(/^CLI_NO_TOKENS: /);
  });

  test.each([
    ["that is well", ""],
    ["whose code never lets go of its thread", "setTimeout(() => { for (;;); }, 3_000);"],
  ])("killed, it leaves no process behind: one %s", async (_, more) => {
    await using run = await DevRun.in({ "app.ts": SHOP + more, "price.ts": priceOf(1) });
    const child = run.dev(await port());
    await run.hears("Try it");
    const pid = await pidOf(run);
    child.kill("SIGKILL");
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), PATIENCE);
  });
});
