// Tokens: what the file holds, who is let in, and changes while a server runs.
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { silentLogger } from "../../../engine/observability/logger.ts";
import { hashOfToken, looksLikeToken, makeToken, sameHash } from "../../../server/tokens/secret.ts";
import { changeTokens, readTokens, type TokenEntry } from "../../../server/tokens/token-file.ts";
import { WatchedTokens } from "../../../server/tokens/watched-tokens.ts";
import { FakeClock, T0 } from "../../support/fake-clock.ts";

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "millrace-tokens-"));
  file = path.join(directory, "tokens.json");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function entry(name: string, token: string, more: Partial<TokenEntry> = {}): TokenEntry {
  return { name, scopes: ["read"], sha256: hashOfToken(token), createdAt: new Date(T0).toISOString(), ...more };
}

async function put(...entries: TokenEntry[]): Promise<void> {
  await changeTokens(file, () => entries);
}

test("a token is 256 bits of chance under a prefix that scanners know, and no two are alike", () => {
  const tokens = new Set(Array.from({ length: 1_000 }, makeToken));
  expect(tokens.size).toBe(1_000);
  for (const token of tokens) expect(looksLikeToken(token)).toBe(true);
  expect(looksLikeToken("mr_short")).toBe(false);
  expect(looksLikeToken(`${makeToken()}x`)).toBe(false);
});

test("hashes are compared whole", () => {
  const hash = hashOfToken(makeToken());
  expect(sameHash(hash, hash)).toBe(true);
  expect(sameHash(hash, `${hash.slice(0, -1)}g`)).toBe(false);
  expect(sameHash(hash, hash.slice(1))).toBe(false);
});

test("the file has hashes and no secret, and is its owner's alone", async () => {
  const token = makeToken();
  await put(entry("alice", token));
  const text = readFileSync(file, "utf8");
  expect(text).toContain(hashOfToken(token));
  expect(text).not.toContain(token);
  expect(text).not.toContain(token.slice(3, 20));
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("whoever has a token is known by its name and scopes; any other is not known", async () => {
  const token = makeToken();
  await put(entry("bob", makeToken()), entry("alice", token, { scopes: ["read", "operate"], perSecond: 3 }));
  const tokens = new WatchedTokens(file, { clock: new FakeClock(), logger: silentLogger });
  expect(tokens.verify(token)).toEqual({ kind: "known", bearer: { name: "alice", scopes: ["read", "operate"], perSecond: 3 } });
  expect(tokens.verify(makeToken())).toEqual({ kind: "unknown" });
  expect(tokens.verify("")).toEqual({ kind: "unknown" });
  expect(tokens.verify(hashOfToken(token))).toEqual({ kind: "unknown" });
});

test("a token ends at its time", async () => {
  const token = makeToken();
  await put(entry("alice", token, { expiresAt: new Date(T0 + 1_000).toISOString() }));
  const clock = new FakeClock();
  const tokens = new WatchedTokens(file, { clock, logger: silentLogger });
  await clock.advance(999);
  expect(tokens.verify(token).kind).toBe("known");
  await clock.advance(1);
  expect(tokens.verify(token)).toEqual({ kind: "expired", name: "alice" });
});

test("a token that is revoked is not known any more, and a new one is, without a restart", async () => {
  const [old, fresh] = [makeToken(), makeToken()];
  await put(entry("alice", old));
  const clock = new FakeClock();
  const tokens = new WatchedTokens(file, { clock, logger: silentLogger });
  expect(tokens.verify(old).kind).toBe("known");
  await put(entry("alice.2", fresh));
  await clock.advance(250);
  expect(tokens.verify(old).kind).toBe("unknown");
  expect(tokens.verify(fresh).kind).toBe("known");
});

test("while the file cannot be read those of before count; when it is gone nobody is let in", async () => {
  const token = makeToken();
  await put(entry("alice", token));
  const clock = new FakeClock();
  const said: object[] = [];
  const logger = { ...silentLogger, error: (fields: object) => void said.push(fields) };
  const tokens = new WatchedTokens(file, { clock, logger });
  writeFileSync(file, '{ "tokens": [');
  await clock.advance(250);
  expect(tokens.verify(token).kind).toBe("known");
  rmSync(file);
  await clock.advance(250);
  expect(tokens.verify(token).kind).toBe("unknown");
  expect(said).toMatchObject([{ code: "TOKENS_INVALID" }, { code: "TOKENS_UNREADABLE" }]);
});

test("a file that cannot even be looked at is no reason to fail, and lets nobody in: who was revoked is not known", async () => {
  const token = makeToken();
  await put(entry("alice", token));
  const clock = new FakeClock();
  const tokens = new WatchedTokens(file, { clock, logger: silentLogger });
  rmSync(file);
  symlinkSync(file, file);
  await clock.advance(250);
  expect(tokens.verify(token).kind).toBe("unknown");
  rmSync(file);
  await put(entry("alice", token));
  await clock.advance(250);
  expect(tokens.verify(token).kind).toBe("known");
});

const isRoot = process.getuid?.() === 0;
/** Somebody who may do nothing. */
const NOBODY = 65_534;

test("a file that may not be read any more lets nobody in, and the log says so", async () => {
  const token = makeToken();
  await put(entry("alice", token));
  const clock = new FakeClock();
  const said: object[] = [];
  const logger = { ...silentLogger, error: (fields: object) => void said.push(fields) };
  const tokens = new WatchedTokens(file, { clock, logger });
  chmodSync(file, 0);
  await clock.advance(250);
  if (isRoot) process.seteuid?.(NOBODY);
  try {
    expect(tokens.verify(token).kind).toBe("unknown");
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
  expect(said).toMatchObject([{ code: "TOKENS_UNREADABLE" }]);
  chmodSync(file, 0o600);
  await clock.advance(250);
  expect(tokens.verify(token).kind).toBe("known");
});

test("who changes the file leaves it with the rights that it had", async () => {
  await put(entry("alice", makeToken()));
  chmodSync(file, 0o640);
  await put();
  expect(statSync(file).mode & 0o777).toBe(0o640);
});

test.runIf(isRoot)("root leaves the file to whom it belonged; another who cannot changes nothing", async () => {
  await put(entry("alice", makeToken()));
  chownSync(file, NOBODY, NOBODY);
  await put();
  expect(statSync(file)).toMatchObject({ uid: NOBODY, gid: NOBODY });

  chmodSync(directory, 0o777);
  chmodSync(file, 0o644);
  chownSync(file, 0, 0);
  process.seteuid?.(NOBODY);
  try {
    await expect(put(entry("bob", makeToken()))).rejects.toMatchObject({ code: "TOKENS_NOT_YOURS" });
  } finally {
    process.seteuid?.(0);
  }
  expect(readTokens(file)).toEqual([]);
  expect(statSync(file).uid).toBe(0);
});

test("a server does not start without a file, or with one that is none", () => {
  const open = (): unknown => new WatchedTokens(file, { clock: new FakeClock(), logger: silentLogger });
  expect(open).toThrow(expect.objectContaining({ code: "TOKENS_UNREADABLE" }));
  for (const text of ["", "{}", '{"tokens":[{"name":"a b"}]}', '{"tokens":[],"more":1}', '{"tokens":[{"token":"mr_x"}]}']) {
    writeFileSync(file, text);
    expect(open).toThrow(expect.objectContaining({ code: "TOKENS_INVALID" }));
  }
});

test("a name stands for one token", async () => {
  const twice = { tokens: [entry("alice", makeToken()), entry("alice", makeToken())] };
  writeFileSync(file, JSON.stringify(twice));
  expect(() => readTokens(file)).toThrow(/two tokens of the name "alice"/);
});

test("two commands do not change the file at once, and one that fails leaves it as it was", async () => {
  const token = makeToken();
  await put(entry("alice", token));
  writeFileSync(`${file}.lock`, "");
  await expect(put()).rejects.toMatchObject({ code: "TOKENS_LOCKED" });
  rmSync(`${file}.lock`);
  const failing = changeTokens(file, () => {
    throw new Error("no");
  });
  await expect(failing).rejects.toThrow("no");
  expect(readTokens(file)).toEqual([entry("alice", token)]);
  await put();
  expect(readTokens(file)).toEqual([]);
});
