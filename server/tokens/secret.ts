// A token as people get it, once, and what is kept of it.
import { hash, randomBytes, timingSafeEqual } from "node:crypto";

const SECRET_BYTES = 32;
/** By which scanners for leaked secrets know it. */
const PREFIX = "mr_";
const TOKEN = /^mr_[\w-]{43}$/;

export function makeToken(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString("base64url");
}

/** Whether it could be one: what is not is not hashed. */
export function looksLikeToken(text: string): boolean {
  return TOKEN.test(text);
}

/** A token has 256 bits of chance, so that no salt and no slow hash is needed: there is nothing to guess. */
export function hashOfToken(token: string): string {
  return hash("sha256", token, "hex");
}

/** Takes as long for any two hashes, whatever they have in common. */
export function sameHash(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
