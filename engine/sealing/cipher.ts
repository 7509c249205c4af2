// One subject's key at work: AES-256-GCM, bound to the key's name. The nonce follows from the text, so the same text is sealed to the same: what is
// said again is known to be the same, as re-runs ask. Two texts that share a nonce would have to share 96 bits of an HMAC.
import { createCipheriv, createDecipheriv, createHmac } from "node:crypto";
import { readSealed, sealedText } from "../core/sealing.ts";

export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export interface SubjectKey {
  /** See core/sealing.ts. */
  readonly name: string;
  readonly bytes: Buffer;
}

export function seal({ name, bytes }: SubjectKey, text: string): string {
  const nonceKey = createHmac("sha256", bytes).update("nonce").digest();
  const nonce = createHmac("sha256", nonceKey).update(text).digest().subarray(0, NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", bytes, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(name));
  const encrypted = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return sealedText({ key: name, data: Buffer.concat([nonce, cipher.getAuthTag(), encrypted]).toString("base64") });
}

/** Null for what was altered, or is under another key. */
export function unseal({ name, bytes }: SubjectKey, sealed: string): string | null {
  const read = readSealed(sealed);
  if (read?.key !== name) return null;
  const data = Buffer.from(read.data, "base64");
  const dataAt = NONCE_BYTES + TAG_BYTES;
  if (data.length < dataAt) return null;
  const decipher = createDecipheriv("aes-256-gcm", bytes, data.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(name)).setAuthTag(data.subarray(NONCE_BYTES, dataAt));
  try {
    return decipher.update(data.subarray(dataAt), undefined, "utf8") + decipher.final("utf8");
  } catch {
    return null;
  }
}
