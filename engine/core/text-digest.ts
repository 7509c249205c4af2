// A short text that stands for a long one.
import { hash } from "node:crypto";

/** 43 characters of base64url. Of the text's code units, so that texts that are no Unicode keep apart as well. */
export function textDigest(text: string): string {
  return hash("sha256", Buffer.from(text, "utf16le"), "base64url");
}
