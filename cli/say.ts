// What a command says to people beside its result: names and messages of others may be in it.
import { plainLines } from "../engine/core/plain-text.ts";

export function say(line: string): void {
  process.stderr.write(`${plainLines(line)}\n`);
}
