// NDJSON: a line an event, a line an answer, in the same order, while the stream goes on.
//
//   body ──▶ lines ──▶ at most so many on their way to the log ──▶ answers in order ──▶ response
//
// A slow log is told by not reading on. When it takes nothing any more, what was read is answered, and the response ends: lines without an answer
// were not sent.
import type { Clock } from "../../engine/core/clock.ts";
import type { Logger } from "../../engine/observability/logger.ts";
import { EventToSend, type SentLine } from "../contract/events.ts";
import type { ServerLimits } from "../http/limits.ts";
import { asCoded, deliveriesOf } from "../http/problem.ts";
import { statusOf } from "../http/statuses.ts";
import { LineCutter, type Line } from "./lines-of.ts";
import type { RequestTrace, SendDesk } from "./send-desk.ts";

export interface SendLinesOptions {
  readonly desk: SendDesk;
  readonly limits: Pick<ServerLimits, "linesAtOnce" | "lineBytes" | "bodyMs" | "unreadAnswerBytes">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly trace: RequestTrace;
  /** Whether who sends may still: a stream may go on for hours. */
  readonly isWelcome: () => boolean;
  /** Aborted when the server begins to close: what was read is answered then, and nothing further is read. */
  readonly ending: AbortSignal;
  /** Called once, when all is over. */
  readonly onOver: () => void;
}

/** Bytes of lines that wait for the log at once. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;
/** Answers are written together where they come together. */
const MAX_CHUNK = 16 * 1024;

interface Waiting {
  readonly bytes: number;
  readonly answer: Promise<SentLine>;
}

export function sendLines(body: ReadableStream<Uint8Array>, options: SendLinesOptions): ReadableStream<Uint8Array> {
  const upload = new Upload(body, options);
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => void upload.run(controller),
      pull: () => upload.goOn(),
      cancel: () => upload.stop(),
    },
    { highWaterMark: options.limits.unreadAnswerBytes, size: (chunk) => chunk.byteLength },
  );
}

class Upload {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #options: SendLinesOptions;
  readonly #cutter: LineCutter;
  readonly #waiting: Waiting[] = [];
  #bytes = 0;
  /** Nothing further is read. */
  #isStopped = false;
  /** Gives up a read that waits. */
  #giveUp: () => void = () => {};
  #hasRead = false;
  /** Somebody waits for something to change. */
  #wake = Promise.withResolvers<void>();

  constructor(body: ReadableStream<Uint8Array>, options: SendLinesOptions) {
    this.#reader = body.getReader();
    this.#options = options;
    this.#cutter = new LineCutter(options.limits.lineBytes);
  }

  async run(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    const { ending, onOver } = this.#options;
    const end = (): void => this.#readNoMore();
    ending.addEventListener("abort", end, { once: true });
    if (ending.aborted) end();
    try {
      await Promise.all([this.#readAll(controller), this.#answerAll(controller)]);
      controller.close();
    } catch {
      // The response was cancelled: its reader is gone.
    } finally {
      ending.removeEventListener("abort", end);
      onOver();
    }
  }

  /** Its answers are being read. */
  goOn(): void {
    this.#changed();
  }

  stop(): void {
    this.#readNoMore();
    this.#reader.cancel().catch(() => {});
  }

  /** A read that waits is given up, so that whoever waits for the last answers gets them. */
  #readNoMore(): void {
    this.#isStopped = true;
    this.#giveUp();
    this.#changed();
  }

  async #readAll(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    try {
      while (!this.#isStopped) {
        const chunk = await this.#next();
        if (chunk === null) break;
        const isWelcome = this.#options.isWelcome();
        for (const line of chunk === "end" ? this.#cutter.end() : this.#cutter.cut(chunk)) {
          await this.#room(controller);
          if (this.#isStopped) break;
          if (isWelcome) this.#take(line);
          else this.#refuse();
        }
        if (chunk === "end") break;
      }
    } finally {
      this.#hasRead = true;
      this.#changed();
      // What was not read of it is passed over once all is answered.
      this.#reader.releaseLock();
    }
  }

  /** Null: it broke off, nothing came in time, or nothing more is wanted. What came of the last line is no line. */
  async #next(): Promise<Uint8Array | "end" | null> {
    const { clock, limits } = this.#options;
    // Of its own each time: whatever came of a race is kept for as long as what it waited for.
    const { promise: late, resolve } = Promise.withResolvers<null>();
    this.#giveUp = () => resolve(null);
    const forget = clock.setTimer(limits.bodyMs, this.#giveUp);
    try {
      const read = this.#reader.read().then(
        ({ done, value }) => (done ? "end" : value),
        () => null,
      );
      return await Promise.race([read, late]);
    } finally {
      forget();
    }
  }

  /** Waits until fewer lines wait for the log, and the answers are not too far ahead of who reads them. */
  async #room(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    const { linesAtOnce, bodyMs } = this.#options.limits;
    const isFull = (): boolean => this.#waiting.length >= linesAtOnce || this.#bytes >= MAX_WAITING_BYTES;
    while (!this.#isStopped && isFull()) await this.#wake.promise;
    if (this.#isStopped || (controller.desiredSize ?? 0) > 0) return;
    // Who does not read answers for so long is gone, or will never read any.
    const forget = this.#options.clock.setTimer(bodyMs, () => this.stop());
    while (!this.#isStopped && (controller.desiredSize ?? 0) <= 0) await this.#wake.promise;
    forget();
  }

  /** A line is answered with why, and no other is looked at. */
  #refuse(): void {
    const answer = refusal(
      "NOT_AUTHENTICATED",
      "the token of this stream is not known here any more, or may not send: this line was not sent",
    );
    this.#waiting.push({ bytes: 0, answer: Promise.resolve(answer) });
    this.#readNoMore();
  }

  #take(line: Line): void {
    const bytes = line === "tooLong" ? 0 : line.bytes.length;
    this.#bytes += bytes;
    this.#waiting.push({ bytes, answer: this.#answerOf(line) });
    this.#changed();
  }

  async #answerAll(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    let text = "";
    const flush = (): void => {
      if (text !== "") controller.enqueue(Buffer.from(text));
      text = "";
    };
    for (;;) {
      const [first] = this.#waiting;
      if (first === undefined) {
        flush();
        if (this.#hasRead) return;
        await this.#wake.promise;
        continue;
      }
      const answer = (await isThere(first.answer)) ?? (flush(), await first.answer);
      text += `${JSON.stringify(answer)}\n`;
      if (text.length > MAX_CHUNK) flush();
      this.#waiting.shift();
      this.#bytes -= first.bytes;
      this.#changed();
    }
  }

  /** Never rejects. */
  async #answerOf(line: Line): Promise<SentLine> {
    const { desk, limits, trace } = this.#options;
    if (line === "tooLong") return refusal("BODY_TOO_LARGE", `a line may have ${limits.lineBytes} bytes`);
    const parsed = parsedLine(line.bytes);
    if (!("event" in parsed)) return parsed;
    try {
      const { ids } = await desk.send([parsed.event], line.bytes.length, trace);
      return { id: ids[0] ?? "" };
    } catch (error) {
      const known = asCoded(error);
      // What is this line's own fault says nothing of the next one.
      if (known === null || statusOf(known) >= 500) this.#readNoMore();
      if (known === null) {
        this.#options.logger.error({ code: "INTERNAL_ERROR", err: error }, "the server failed to send a line of a stream");
        return { code: "INTERNAL_ERROR", detail: "the server failed; its log says more", status: "unknown" };
      }
      const status = deliveriesOf(known)?.[0]?.status === "unknown" ? "unknown" : "not-sent";
      return { code: known.code, detail: known.message, status };
    }
  }

  #changed(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers<void>();
  }
}

/** What it resolved with, if it is settled. */
async function isThere(answer: Promise<SentLine>): Promise<SentLine | null> {
  return Promise.race([answer, Promise.resolve(null)]);
}

function parsedLine(bytes: Buffer): { readonly event: EventToSend } | SentLine {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return refusal("MALFORMED_BODY", "the line is not JSON in UTF-8");
  }
  const read = EventToSend.safeParse(value);
  if (read.success) return { event: read.data };
  const [issue] = read.error.issues;
  return refusal("INVALID_REQUEST", issue === undefined ? "it is no event" : `${issue.path.join(".")}: ${issue.message}`);
}

function refusal(code: string, detail: string): SentLine {
  return { code, detail, status: "not-sent" };
}
