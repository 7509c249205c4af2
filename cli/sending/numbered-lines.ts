// Lines of a file or of standard input, each with its number from 1, read no faster than they are taken.
import { createReadStream, fstatSync, statSync } from "node:fs";
import { LineCutter } from "../../server/sending/lines-of.ts";
import { CliError } from "../cli-error.ts";

export interface NumberedLine {
  readonly number: number;
  /** Null: it is longer than any event may be. */
  readonly text: string | null;
  /** Of what is read, up to its end at most. */
  readonly readBytes: number;
}

const MAX_LINE_BYTES = 16 * 1024 * 1024;

/** Null: nobody knows. */
export function sizeOf(file: string): number | null {
  try {
    const stat = file === "-" ? fstatSync(process.stdin.fd) : statSync(file);
    return stat.isFile() ? stat.size : null;
  } catch {
    return null;
  }
}

/** Lines that are empty are passed over, and counted. @throws CliError `CLI_BAD_FILE` */
export async function* numberedLines(file: string): AsyncGenerator<NumberedLine> {
  const stream: AsyncIterable<Buffer> = file === "-" ? process.stdin : createReadStream(file, { highWaterMark: 256 * 1024 });
  const cutter = new LineCutter(MAX_LINE_BYTES);
  let number = 0;
  let readBytes = 0;
  const numbered = function* (lines: ReturnType<LineCutter["end"]>): Generator<NumberedLine> {
    for (const line of lines) {
      number += 1;
      const text = line === "tooLong" ? null : line.bytes.toString("utf8");
      if (text === null || text.trim() !== "") yield { number, text, readBytes };
    }
  };
  try {
    for await (const chunk of stream) {
      readBytes += chunk.length;
      yield* numbered(cutter.cut(chunk));
    }
    yield* numbered(cutter.end());
  } catch (cause) {
    if (!(cause instanceof Error && "syscall" in cause)) throw cause;
    throw new CliError("CLI_BAD_FILE", `--ndjson: ${file === "-" ? "standard input" : file} cannot be read: ${cause.message}`, { cause });
  }
}
