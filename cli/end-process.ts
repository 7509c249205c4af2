// The end of a process whose app has stopped. An app's code may leave something behind that never ends, such as a step that does not hear its
// signal, or a pool of connections: whoever told the process to end must not wait for that.
import { setTimeout as delay } from "node:timers/promises";

/** Code that hears signals itself, such as what sends spans, has that long to finish. */
const LAST_MS = 2_000;
/** Whoever reads what is printed may have stopped reading. */
const PRINTED_MS = 1_000;

/** Ends the process as `process.exitCode` has it, if it does not end by itself before. What it does on its way out, it does as ever. */
export function endSoon(app: string, say: (line: string) => void): void {
  const end = async (): Promise<void> => {
    say(`${app} has stopped, and something of its code still keeps this process alive${kinds()}: ending it`);
    await printed();
    process.exit();
  };
  // It holds nothing itself: where nothing is left behind, the process is gone before.
  setTimeout(() => void end(), LAST_MS).unref();
}

/** Resolves when what was said is out: where a pipe or a terminal is written to later, leaving at once would lose it. */
export async function printed(): Promise<void> {
  // Not where nothing waits: nobody may be there any more to read it, and writing would fail.
  const waiting = [process.stdout, process.stderr].filter(({ writableLength }) => writableLength > 0);
  const out = waiting.map((stream) => new Promise<void>((resolve) => void stream.write("", () => resolve())));
  if (out.length > 0) await Promise.race([Promise.all(out), delay(PRINTED_MS)]);
}

/** As Node names them, without those of standard input and output, which hold nothing. */
function kinds(): string {
  const names = new Set(process.getActiveResourcesInfo().filter((name) => name !== "TTYWrap" && name !== "PipeWrap"));
  return names.size === 0 ? "" : ` (${[...names].join(", ")})`;
}
