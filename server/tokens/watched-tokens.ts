// Tokens as a running server knows them: the file is looked at again when it has changed, so that a token is given and taken without a restart.
import { statSync } from "node:fs";
import type { Clock } from "../../engine/core/clock.ts";
import type { Logger } from "../../engine/observability/logger.ts";
import type { Scope } from "../contract/words.ts";
import { hashOfToken, looksLikeToken, sameHash } from "./secret.ts";
import { readTokens, type TokenEntry } from "./token-file.ts";
import { TokenError } from "./token-error.ts";

/** So long a change may go unseen. */
const LOOK_MS = 250;

/** Who has a token. */
export interface Bearer {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Requests a second; null: the server's. */
  readonly perSecond: number | null;
}

export type Verdict =
  { readonly kind: "known"; readonly bearer: Bearer } | { readonly kind: "expired"; readonly name: string } | { readonly kind: "unknown" };

/** Who has which token. */
export interface Tokens {
  verify(token: string): Verdict;
}

export class WatchedTokens implements Tokens {
  readonly #file: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #tokens: readonly TokenEntry[];
  #seen: string | null;
  #lookedAt: number;
  /** That it cannot be read for now. */
  #isTold = false;

  /** @throws TokenError, also where there is no file: nobody could log in */
  constructor(file: string, { clock, logger }: { readonly clock: Clock; readonly logger: Logger }) {
    this.#file = file;
    this.#clock = clock;
    this.#logger = logger;
    this.#seen = stateOf(file);
    const tokens = readTokens(file);
    if (tokens === null) {
      throw new TokenError("TOKENS_UNREADABLE", `there is no file ${file}: make it with \`millrace token create --tokens ${file}\``);
    }
    this.#tokens = tokens;
    this.#lookedAt = clock.monotonicMs();
  }

  verify(token: string): Verdict {
    if (!looksLikeToken(token)) return { kind: "unknown" };
    this.#look();
    const hash = hashOfToken(token);
    let found: TokenEntry | null = null;
    // All of them, so that how long it takes says nothing of which it is.
    for (const entry of this.#tokens) if (sameHash(entry.sha256, hash)) found = entry;
    if (found === null) return { kind: "unknown" };
    const { name, scopes, expiresAt, perSecond = null } = found;
    if (expiresAt !== undefined && Date.parse(expiresAt) <= this.#clock.wallMs()) return { kind: "expired", name };
    return { kind: "known", bearer: { name, scopes, perSecond } };
  }

  #look(): void {
    const now = this.#clock.monotonicMs();
    if (now - this.#lookedAt < LOOK_MS) return;
    this.#lookedAt = now;
    const state = stateOf(this.#file);
    if (state === this.#seen) return;
    this.#seen = state;
    try {
      const tokens = readTokens(this.#file);
      if (tokens === null) this.#lock("the file of tokens is gone: nobody can log in until it is back");
      else this.#logger.info({ file: this.#file, tokens: tokens.map(({ name }) => name) }, "tokens were read again");
      this.#tokens = tokens ?? [];
      this.#isTold = false;
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    if (isPassing(error)) {
      // Nothing of the file may change until it can be read again, so it is tried at each look.
      this.#seen = null;
      if (!this.#isTold) this.#logger.error({ code: "TOKENS_UNREADABLE", file: this.#file, err: error }, STAYS);
      this.#isTold = true;
    } else if (error instanceof TokenError && error.code === "TOKENS_INVALID") {
      // Half-way through an edit by hand nobody is to be locked out: those of before count until it can be read.
      this.#logger.error({ code: "TOKENS_INVALID", file: this.#file, err: error }, STAYS);
    } else {
      // Whoever replaced it meant to say something: a token may be revoked, and nobody here can know which.
      this.#lock("the file of tokens may not be read: nobody can log in until it can. See who owns it", error);
    }
  }

  #lock(says: string, error?: unknown): void {
    this.#tokens = [];
    this.#logger.error({ code: "TOKENS_UNREADABLE", file: this.#file, ...(error === undefined ? {} : { err: error }) }, says);
  }
}

const STAYS = "the file of tokens cannot be read; those of before count";

/** What says nothing of the file: this process, or its disk, is in trouble for now. */
const PASSING = new Set(["EMFILE", "ENFILE", "ENOMEM", "EAGAIN", "EIO", "EINTR", "ESTALE"]);

function isPassing(error: unknown): boolean {
  const { cause } = error instanceof TokenError ? error : { cause: null };
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" && PASSING.has(cause.code);
}

/** Tells a file from what it was before; also one that was put in its place. Null where there is none. */
function stateOf(file: string): string | null {
  try {
    const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
    return stat === undefined ? null : `${stat.ino}.${stat.size}.${stat.mtimeNs}.${stat.ctimeNs}`;
  } catch {
    // Its folder may not be looked into any more: reading it says so.
    return "unreadable";
  }
}
