// What cannot be taken back is asked for twice: by a flag, or by somebody at a terminal.
import { createInterface } from "node:readline/promises";
import { CliError } from "./cli-error.ts";
import { commandAgain } from "./client/command-again.ts";
import { Interrupted } from "./exit-codes.ts";

export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  /** Not where results go. */
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

export interface Asked {
  /** What is to be done, in words: `erase the data of "ada"`. */
  readonly what: string;
  readonly isConfirmed: boolean;
  readonly terminal?: Terminal;
}

/** Resolves where somebody wants it. @throws CliError `CLI_NOT_CONFIRMED` where there is nobody to ask; Interrupted where they do not want it */
export async function confirm({ what, isConfirmed, terminal = { input: process.stdin, output: process.stderr } }: Asked): Promise<void> {
  if (isConfirmed) return;
  const { input, output } = terminal;
  if (input.isTTY !== true || output.isTTY !== true) {
    throw new CliError(
      "CLI_NOT_CONFIRMED",
      `nothing was done, since nobody can be asked here. To ${what}: ${commandAgain({ add: ["--yes"] })}`,
    );
  }
  if (!(await isWanted(`${what}, for good? [y/N] `, { input, output }))) throw new Interrupted("nothing was done");
}

async function isWanted(question: string, terminal: Terminal): Promise<boolean> {
  const gone = new AbortController();
  const lines = createInterface(terminal);
  // Ctrl-C and Ctrl-D leave the question open for ever.
  lines.once("close", () => gone.abort());
  try {
    return /^y(es)?$/i.test((await lines.question(question, { signal: gone.signal })).trim());
  } catch (error) {
    if (gone.signal.aborted) return false;
    throw error;
  } finally {
    lines.close();
  }
}
