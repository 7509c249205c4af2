// A file of events, sent however long it takes: no faster than the log takes them, begun anew when a connection breaks, each line once.
//
//   lines ──▶ window: written and not answered ──▶ answers
//                 │ the connection breaks, or the log is slow
//                 └──▶ the same lines again, over another connection
//
// Lines carry ids that follow from their numbers, so that one that was in the log already counts no second time.
import { randomInt } from "node:crypto";
import { backoffMs } from "../../engine/core/backoff.ts";
import type { SentLine } from "../../server/contract/events.ts";
import { ApiError } from "../client/api-error.ts";
import type { Where } from "../client/api-client.ts";
import { commandAgain } from "../client/command-again.ts";
import { CliError } from "../cli-error.ts";
import { Interrupted } from "../exit-codes.ts";
import { progressOf } from "../progress.ts";
import { eventLine } from "./event-line.ts";
import { LineStream } from "./line-stream.ts";
import { numberedLines, sizeOf, type NumberedLine } from "./numbered-lines.ts";
import { say } from "../say.ts";

export interface SendFileOptions {
  readonly where: Where;
  /** `-`: standard input. */
  readonly file: string;
  readonly name: string | null;
  readonly id: string;
  readonly fromLine: number;
}

export interface SentFile {
  readonly id: string;
  readonly sent: number;
  readonly refused: number;
}

interface Unanswered {
  readonly number: number;
  readonly text: string;
  readonly readBytes: number;
}

const MAX_LINES = 2_000;
const MAX_BYTES = 8 * 1024 * 1024;
/** Nothing was answered for so long, over however many connections. */
const PATIENCE_MS = 60_000;
/** Over one connection. Longer than a server lets a line wait for the log. */
const SILENCE_MS = 45_000;
/** After Ctrl-C: for what is under way. */
const FAREWELL_MS = 5_000;
const BACKOFF = { baseMs: 250, maxMs: 10_000 };
/** To a server that never answered. */
const MAX_CALLS = 3;
const MAX_TOLD = 20;
/** Not the line's fault. */
const PASSING: ReadonlySet<string> = new Set([
  "LOG_IS_SLOW",
  "LOG_UNAVAILABLE",
  "LOG_ABORTED",
  "LOG_CLOSED",
  "SEND_UNKNOWN",
  "NOT_READY",
  "INTERNAL_ERROR",
]);

/** @throws CliError `CLI_SEND_STUCK`, `CLI_BAD_FILE`; ApiError; Interrupted: each says with which line to go on */
export function sendFile(options: SendFileOptions): Promise<SentFile> {
  return new FileSending(options).run();
}

class FileSending {
  readonly #options: SendFileOptions;
  readonly #size: number | null;
  readonly #progress = progressOf("send");
  readonly #interrupt = new AbortController();
  /** In the order in which they were written over this connection. */
  #window: Unanswered[] = [];
  /** To be written again, before what is read next. */
  #again: Unanswered[] = [];
  #bytes = 0;
  #sent = 0;
  #refused = 0;
  #last = 0;
  #progressAt = performance.now();
  #failures = 0;
  #wasThere = false;
  #stream: LineStream | null = null;
  #streamError: Error | null = null;
  #wake = Promise.withResolvers<void>();

  constructor(options: SendFileOptions) {
    this.#options = options;
    this.#size = sizeOf(options.file);
  }

  async run(): Promise<SentFile> {
    const { id } = this.#options;
    say(`sending as ${id}: whoever is interrupted gives the same command again with --id ${id}, and nothing is doubled`);
    const hear = (): void => {
      this.#interrupt.abort();
      // Who waits for a line that nobody types is not to wait on.
      if (this.#options.file === "-") process.stdin.destroy();
      this.#changed();
    };
    for (const name of SIGNALS) process.once(name, hear);
    try {
      await this.#all().catch((error: unknown) => {
        if (!this.#isInterrupted || error instanceof Interrupted) throw error;
        return this.#farewell();
      });
      return { id, sent: this.#sent, refused: this.#refused };
    } finally {
      this.#progress.end();
      this.#stream?.destroy();
      for (const name of SIGNALS) process.removeListener(name, hear);
    }
  }

  async #all(): Promise<void> {
    const { file, fromLine, name, id } = this.#options;
    for await (const line of numberedLines(file)) {
      if (this.#isInterrupted) return this.#farewell();
      if (line.number < fromLine) continue;
      this.#last = line.number;
      const event = line.text === null ? { wrong: "it is too long" } : eventLine(line.text, { name, id, number: line.number });
      if ("wrong" in event) this.#refuse(line, "", event.wrong);
      else await this.#write({ number: line.number, text: event.text, readBytes: line.readBytes });
    }
    if (this.#isInterrupted) return this.#farewell();
    await this.#settled();
  }

  /** Waits for room. */
  async #write(line: Unanswered): Promise<void> {
    this.#again.push(line);
    this.#bytes += line.text.length;
    await this.#writeAgain();
    while (!this.#isInterrupted && this.#isFull()) {
      await this.#answers();
      await this.#writeAgain();
    }
  }

  /** All lines that wait for it are written, over a connection that is open. */
  async #writeAgain(): Promise<void> {
    while (this.#again.length > 0 && !this.#isInterrupted) {
      const stream = await this.#open();
      const [line] = this.#again;
      if (line === undefined || stream.isOver || stream.isEnding) continue;
      this.#again.shift();
      if (this.#window.length === 0) this.#progressAt = performance.now();
      this.#window.push(line);
      if (!stream.write(line.text)) await stream.drained();
    }
  }

  async #settled(): Promise<void> {
    while (this.#window.length > 0 || this.#again.length > 0) {
      if (this.#isInterrupted) return this.#farewell();
      await this.#writeAgain();
      if (this.#window.length > 0 && this.#again.length === 0) await this.#answers();
    }
  }

  /** The one that is open, or, after a while that grows, another one. */
  async #open(): Promise<LineStream> {
    while (this.#stream !== null && !this.#stream.isOver) {
      if (!this.#stream.isEnding || this.#isInterrupted) return this.#stream;
      await this.#answers();
    }
    const error = this.#streamError;
    if (error !== null) {
      if (error instanceof ApiError && !error.isPassing) throw error;
      // Who was never there is not waited for.
      this.#wasThere ||= this.#stream?.hasConnected === true;
      if (!this.#wasThere && this.#failures >= MAX_CALLS) throw error;
      const waitMs =
        error instanceof ApiError && error.retryAfter !== null
          ? error.retryAfter * 1_000
          : backoffMs(this.#failures, randomInt(1_000) / 1_000, BACKOFF);
      this.#failures += 1;
      this.#progress.at(this.#done, this.#size, `${this.#sent.toLocaleString("en")} sent, waiting: ${error.message.split("\n")[0] ?? ""}`);
      await this.#change(waitMs);
      this.#checkPatience(error);
    }
    this.#stream = new LineStream(this.#options.where, { onAnswer: (answer) => this.#answered(answer), onOver: (why) => this.#over(why) });
    return this.#stream;
  }

  #answered(answer: SentLine): void {
    const line = this.#window.shift();
    if (line === undefined) return;
    if ("code" in answer && (answer.status === "unknown" || PASSING.has(answer.code))) {
      this.#again.push(line);
      this.#streamError = new ApiError({ code: answer.code, detail: answer.detail, status: 503 });
      // A log that is slow is not asked more often: what is under way is answered, and the rest comes after a while.
      this.#stream?.end();
    } else {
      this.#bytes -= line.text.length;
      this.#progressAt = performance.now();
      this.#failures = 0;
      this.#done = line.readBytes;
      if ("code" in answer) this.#refuse(line, answer.code, answer.detail);
      else this.#sent += 1;
      this.#progress.at(this.#done, this.#size, `${this.#sent.toLocaleString("en")} sent`);
    }
    this.#changed();
  }

  #over(why: Error | null): void {
    // In their order, before what was told to come again.
    this.#again = [...this.#window, ...this.#again].toSorted((a, b) => a.number - b.number);
    this.#window = [];
    this.#streamError = why ?? this.#streamError ?? new CliError("CLI_NO_SERVER", "the server ended the connection");
    this.#changed();
  }

  #refuse(line: Pick<NumberedLine, "number">, code: string, why: string): void {
    this.#refused += 1;
    if (this.#refused > MAX_TOLD) return;
    this.#progress.end();
    say(`line ${line.number}: ${code === "" ? "" : `${code}: `}${why}`);
    if (this.#refused === MAX_TOLD) say("further lines that are refused are counted and not told");
  }

  /** Something was answered, or the connection is over. One over which nothing comes is given up. */
  async #answers(): Promise<void> {
    await this.#change(SILENCE_MS);
    if (this.#window.length > 0 && performance.now() - this.#progressAt > SILENCE_MS) this.#stream?.destroy();
  }

  async #farewell(): Promise<never> {
    const until = performance.now() + FAREWELL_MS;
    this.#stream?.end();
    while (this.#window.length > 0 && performance.now() < until) await this.#change(until - performance.now());
    this.#progress.end();
    throw new Interrupted(`${this.#sent.toLocaleString("en")} events are in the log. To go on: ${this.#goOn()}`);
  }

  #checkPatience(error: Error): void {
    if (performance.now() - this.#progressAt < PATIENCE_MS || this.#isInterrupted) return;
    const sent = this.#sent.toLocaleString("en");
    const message = `the server took nothing for ${PATIENCE_MS / 1_000} s: ${error.message}. ${sent} events are in the log. To go on: ${this.#goOn()}`;
    throw new CliError("CLI_SEND_STUCK", message, { cause: error });
  }

  /** With the first line of which it is not known that it is in the log. */
  #goOn(): string {
    const open = [...this.#window, ...this.#again].map(({ number }) => number);
    const next = open.length === 0 ? Math.max(this.#last + 1, this.#options.fromLine) : Math.min(...open);
    return commandAgain({ without: ["--id", "--from-line"], add: ["--id", this.#options.id, "--from-line", String(next)] });
  }

  #done = 0;

  get #isInterrupted(): boolean {
    return this.#interrupt.signal.aborted;
  }

  #isFull(): boolean {
    return this.#window.length + this.#again.length >= MAX_LINES || this.#bytes >= MAX_BYTES || this.#again.length > 0;
  }

  #changed(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers<void>();
  }

  async #change(withinMs?: number): Promise<void> {
    if (withinMs === undefined) return this.#wake.promise;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, Math.max(0, withinMs))));
    await Promise.race([this.#wake.promise, late]);
    clearTimeout(timer);
  }
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;
