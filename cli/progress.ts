// How far long work is: one line on a terminal, which is written over. Where standard error is no terminal, nothing.
import { plainText } from "../engine/core/plain-text.ts";
import { cutTo } from "./print/text-width.ts";

const WIDTH = 24;
const EVERY_MS = 100;

export interface Progress {
  /** `done` of `total`, in any unit; `note` says more. Null: nobody knows how much there is. */
  at(done: number, total: number | null, note?: string): void;
  /** The line goes. Idempotent. */
  end(): void;
}

export interface ProgressOutput {
  readonly isTTY?: boolean;
  /** Of the terminal. */
  readonly columns?: number;
  write(text: string): unknown;
}

/** `what`: in front of the bar. */
export function progressOf(what: string, output: ProgressOutput = process.stderr, now: () => number = () => performance.now()): Progress {
  if (output.isTTY !== true) return { at: () => {}, end: () => {} };
  let shownAt = Number.NEGATIVE_INFINITY;
  let isShown = false;
  return {
    at(done, total, note = "") {
      if (now() - shownAt < EVERY_MS) return;
      shownAt = now();
      isShown = true;
      const line = plainText(`${what} ${total === null ? done.toLocaleString("en") : barOf(done, total)} ${note}`);
      const { columns: room = 0 } = output;
      // One that goes on in the next row could not be written over.
      output.write(`\r\u001b[2K${room === 0 ? line : cutTo(line, room - 1)}`);
    },
    end() {
      if (isShown) output.write("\r\u001b[2K");
      isShown = false;
    },
  };
}

function barOf(done: number, total: number): string {
  const part = total <= 0 ? 1 : Math.min(1, Math.max(0, done / total));
  const full = Math.round(part * WIDTH);
  return `${"█".repeat(full)}${"░".repeat(WIDTH - full)} ${String(Math.floor(part * 100)).padStart(3)} %`;
}
