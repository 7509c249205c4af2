// What commands make of a server: who they are, how it says no, and files of events through a log and a network that fail.
import { createServer as createProxy, connect, type AddressInfo, type Socket } from "node:net";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { ApiClient } from "../../../cli/client/api-client.ts";
import { liveMessages } from "../../../cli/client/live.ts";
import { followOperation } from "../../../cli/client/operation.ts";
import { EXIT, exitCodeFor } from "../../../cli/exit-codes.ts";
import { sendFile } from "../../../cli/sending/send-file.ts";
import { systemClock } from "../../../engine/core/clock.ts";
import { silentLogger } from "../../../engine/observability/logger.ts";
import type { Millrace } from "../../../engine/sdk/millrace.ts";
import type { Scope } from "../../../server/contract/words.ts";
import { hashOfToken, makeToken } from "../../../server/tokens/secret.ts";
import { changeTokens } from "../../../server/tokens/token-file.ts";
import { WatchedTokens } from "../../../server/tokens/watched-tokens.ts";
import { serveShop, type ServedShop, type ShopWishes } from "../../support/server/served-shop.ts";

const directory = mkdtempSync(path.join(tmpdir(), "millrace-client-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const LINES = 3_000;
const file = path.join(directory, "events.ndjson");
writeFileSync(file, Array.from({ length: LINES }, (_, n) => `{"n":${n + 1}}\n`).join(""));

/** A shop that counts, and what it has counted. */
async function counting(wishes: ShopWishes = {}): Promise<{ readonly shop: ServedShop; readonly counted: readonly number[] }> {
  const counted: number[] = [];
  const declare = (app: Millrace): void => {
    app.createFunction({ id: "count", triggers: [{ event: "counted" }] }, ({ event }) => {
      counted.push((event.data as { readonly n: number }).n);
      return Promise.resolve(null);
    });
  };
  return { shop: await serveShop({ declare, ...wishes }), counted };
}

function all(): readonly number[] {
  return Array.from({ length: LINES }, (_, n) => n + 1);
}

async function refusal(asked: Promise<unknown>): Promise<Error & { readonly code: string }> {
  return asked.then(
    () => {
      throw new Error("it was answered");
    },
    (error: unknown) => error as Error & { readonly code: string },
  );
}

test("a token that is none, or lacks the scope, ends a command as not allowed; one that has it is enough", async () => {
  const tokens = path.join(directory, "tokens.json");
  const own = new Map<Scope, string>();
  for (const scope of ["read", "send"] as const) {
    const token = makeToken();
    own.set(scope, token);
    await changeTokens(tokens, (others) => [
      ...others,
      { name: scope, scopes: [scope], sha256: hashOfToken(token), createdAt: new Date().toISOString() },
    ]);
  }
  const access = { kind: "tokens", tokens: new WatchedTokens(tokens, { clock: systemClock, logger: silentLogger }) } as const;
  await using shop = await serveShop({ options: { access } });
  const as = (token: string | null): ApiClient => new ApiClient({ url: shop.url, token });
  for (const [client, code] of [
    [as(null), "NOT_AUTHENTICATED"],
    [as("mr_wrong"), "NOT_AUTHENTICATED"],
    [as(own.get("send") ?? ""), "NOT_ALLOWED"],
  ] as const) {
    const error = await refusal(client.get("/runs"));
    expect([error.code, exitCodeFor(error)]).toEqual([code, EXIT.notAllowed]);
  }
  expect(await as(own.get("read") ?? "").get("/runs")).toMatchObject({ items: [] });
  // A file is not sent on by trying again, either.
  const where = { url: shop.url, token: own.get("read") ?? "" };
  const refused = await refusal(sendFile({ where, file, name: "counted", id: "refused", fromLine: 1 }));
  expect(refused.code).toBe("NOT_ALLOWED");
});

test("what answers and is no server of Millrace is told as such", async () => {
  const other = createProxy((socket) => void socket.end("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"));
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as AddressInfo;
  try {
    const error = await refusal(new ApiClient({ url: `http://127.0.0.1:${port}`, token: null }).get("/app"));
    expect([error.code, exitCodeFor(error)]).toEqual(["CLI_NOT_MILLRACE", EXIT.notReachable]);
  } finally {
    other.close();
  }
});

test("a log that is slow makes a file of events wait, and each line counts once", async () => {
  const { shop, counted } = await counting();
  await using _ = shop;
  const send = shop.app.send.bind(shop.app);
  let refusals = 0;
  // As the log does when it takes nothing any more, again and again.
  const refused = new Set<string>();
  vi.spyOn(shop.app, "send").mockImplementation((...given: Parameters<typeof send>) => {
    const [event] = given as unknown as readonly { readonly id?: string }[][];
    const id = event?.[0]?.id ?? "";
    const n = Number(id.split("-").at(-1));
    if (n % 250 === 0 && !refused.has(id)) {
      refused.add(id);
      refusals += 1;
      return Promise.reject(Object.assign(new Error("the log takes nothing"), { code: "LOG_UNAVAILABLE", family: "log" }));
    }
    return send(...given);
  });
  const sent = await sendFile({ where: { url: shop.url, token: null }, file, name: "counted", id: "slow", fromLine: 1 });
  expect(sent).toEqual({ id: "slow", sent: LINES, refused: 0 });
  expect(refusals).toBe(LINES / 250);
  await vi.waitFor(() => expect(counted.toSorted((a, b) => a - b)).toEqual(all()), { timeout: 30_000 });
});

test("connections that break in the middle cost nothing: each line counts once", async () => {
  const { shop, counted } = await counting();
  await using _ = shop;
  const open = new Set<Socket>();
  let connections = 0;
  // Cuts each of the first five connections after some bytes of what is sent, answers or not.
  const proxy = createProxy((socket) => {
    connections += 1;
    const most = connections <= 5 ? 20_000 * connections : Infinity;
    const inner = connect(shop.port, "127.0.0.1");
    let bytes = 0;
    for (const one of [socket, inner]) {
      open.add(one);
      one.on("error", () => {});
      one.on("close", () => {
        socket.destroy();
        inner.destroy();
      });
    }
    socket.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > most) socket.destroy();
    });
    socket.pipe(inner);
    inner.pipe(socket);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = proxy.address() as AddressInfo;
    const sent = await sendFile({
      where: { url: `http://127.0.0.1:${port}`, token: null },
      file,
      name: "counted",
      id: "broken",
      fromLine: 1,
    });
    expect(sent).toMatchObject({ sent: LINES, refused: 0 });
    expect(connections).toBeGreaterThan(5);
    await vi.waitFor(() => expect(counted.toSorted((a, b) => a - b)).toEqual(all()), { timeout: 30_000 });
  } finally {
    for (const socket of open) socket.destroy();
    proxy.close();
  }
});

test("live updates are heard, and begin anew when their connection breaks", async () => {
  const { shop } = await counting();
  await using _ = shop;
  const end = new AbortController();
  const heard: string[] = [];
  const listening = (async () => {
    for await (const { type } of liveMessages(new ApiClient({ url: shop.url, token: null }), end.signal)) heard.push(type);
  })();
  await vi.waitFor(() => expect(heard).not.toEqual([]), { timeout: 10_000 });
  // What a shop tells as it starts may follow at once.
  expect(heard[0]).toBe("begun");
  await shop.app.send({ name: "counted", data: { n: 1 } });
  await vi.waitFor(() => expect(heard).toContain("runs"), { timeout: 10_000 });
  end.abort();
  await listening;
});

test("a server that was started anew knows nothing of what it was at, and how to go on is said all the same", async () => {
  await using shop = await serveShop();
  const follow = { id: "bulk-gone", again: "millrace runs rerun --id bulk-gone", signal: new AbortController().signal };
  const error = await refusal(followOperation(new ApiClient({ url: shop.url, token: null }), follow));
  expect(error).toMatchObject({
    code: "CLI_NOT_DONE",
    message: expect.stringMatching(/does not know operation bulk-gone any more.* To go on: millrace runs rerun --id bulk-gone$/) as string,
  });
});
