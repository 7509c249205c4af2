// The pages that people read.
import { globSync, readFileSync } from "node:fs";
import path from "node:path";

export const ROOT = path.resolve(import.meta.dirname, "../../..");

export interface Page {
  /** From the project's root, with slashes. */
  readonly file: string;
  readonly text: string;
}

export function readPages(...patterns: string[]): readonly Page[] {
  return globSync(patterns, { cwd: ROOT })
    .map((file) => ({ file: file.replaceAll(path.sep, "/"), text: readFileSync(path.join(ROOT, file), "utf8") }))
    .toSorted((a, b) => (a.file < b.file ? -1 : 1));
}
