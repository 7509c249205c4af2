// The file of tokens: JSON, with hashes and no secrets. Written whole and moved into its place, so that who reads it never sees a half.
import { readFileSync } from "node:fs";
import { open, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { z } from "zod";
import { Scope } from "../contract/words.ts";
import { TokenError } from "./token-error.ts";

/** All of them are compared with what a caller gives. */
const MAX_TOKENS = 1_000;

const TokenEntry = z.strictObject({
  /** Stands in the audit for whoever has the token. */
  name: z.string().regex(/^[\w.@-]{1,100}$/, "a name is 1 to 100 letters, digits, dots, dashes, underscores and @"),
  scopes: z.array(Scope).min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  createdAt: z.iso.datetime({ offset: true }),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
  /** Requests a second; absent: the server's. */
  perSecond: z.number().positive().max(1_000_000).optional(),
});
export type TokenEntry = z.infer<typeof TokenEntry>;

const File = z.strictObject({ tokens: z.array(TokenEntry).max(MAX_TOKENS) });

/** Null where there is no file. @throws TokenError `TOKENS_UNREADABLE`, `TOKENS_INVALID` */
export function readTokens(file: string): readonly TokenEntry[] | null {
  const text = textOf(file);
  return text === null ? null : parseTokens(text, file);
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    if (isErrno(cause, "ENOENT")) return null;
    throw new TokenError("TOKENS_UNREADABLE", `${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

function parseTokens(text: string, file: string): readonly TokenEntry[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw invalid(file, `it is not JSON (${messageOf(cause)})`);
  }
  const read = File.safeParse(parsed);
  if (!read.success) throw invalid(file, z.prettifyError(read.error));
  const { tokens } = read.data;
  const twice = tokens.find(({ name }, index) => tokens.findIndex((other) => other.name === name) !== index);
  if (twice !== undefined) throw invalid(file, `there are two tokens of the name "${twice.name}"`);
  return tokens;
}

/**
 * Changes the file; only one process at a time may. A new one only its owner can read; another stays whose it is, and who may read it still may: the
 * server may run as somebody else than who gives the command, and has to see that a token is revoked.
 * @throws TokenError; whatever `change` throws, with the file as it was
 */
export async function changeTokens(file: string, change: (tokens: readonly TokenEntry[]) => readonly TokenEntry[]): Promise<void> {
  const lock = `${file}.lock`;
  await takeLock(lock);
  try {
    const tokens = change(readTokens(file) ?? []);
    if (tokens.length > MAX_TOKENS) throw invalid(file, `it would have more than ${MAX_TOKENS} tokens: revoke some`);
    const next = `${file}.next`;
    // What an interrupted command left may be somebody else's.
    await rm(next, { force: true });
    const handle = await open(next, "wx", 0o600);
    try {
      await keepOwner(handle, file);
      await handle.writeFile(`${JSON.stringify({ tokens }, null, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(next, file);
  } finally {
    await rm(lock, { force: true });
  }
}

/** @throws TokenError `TOKENS_NOT_YOURS` */
async function keepOwner(next: FileHandle, file: string): Promise<void> {
  const before = await stat(file).catch(() => null);
  if (before === null) return;
  const { uid, gid, mode } = before;
  const own = await next.stat();
  try {
    if (own.uid !== uid || own.gid !== gid) await next.chown(uid, gid);
    await next.chmod(mode & 0o777);
  } catch (cause) {
    throw new TokenError(
      "TOKENS_NOT_YOURS",
      `${file} belongs to user ${uid} and group ${gid}, and this command, run as user ${own.uid}, cannot leave it to them: nothing was changed. Run it as the file's owner, or as root`,
      { cause },
    );
  }
}

async function takeLock(lock: string): Promise<void> {
  try {
    await (await open(lock, "wx", 0o600)).close();
  } catch (cause) {
    if (isErrno(cause, "EEXIST")) {
      throw new TokenError("TOKENS_LOCKED", `another command is changing the tokens. If none is, delete ${lock}`, { cause });
    }
    throw new TokenError("TOKENS_UNREADABLE", `${lock} cannot be written: ${messageOf(cause)}. Its folder has to be there, and writable`, {
      cause,
    });
  }
}

function invalid(file: string, problem: string): TokenError {
  return new TokenError("TOKENS_INVALID", `${file} is no file of tokens: ${problem}. Make one with \`millrace token create\``);
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
