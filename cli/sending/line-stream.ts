// One request that sends lines and is answered line by line while it goes on. `node:http`, since `fetch` answers once all is sent.
import { once } from "node:events";
import { request as httpRequest, type ClientRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { SentLine } from "../../server/contract/events.ts";
import { LineCutter } from "../../server/sending/lines-of.ts";
import { apiErrorOf, unreachable, type Where } from "../client/api-client.ts";

export interface LineStreamEvents {
  onAnswer(answer: SentLine): void;
  /** Once: with why, where it did not end well. Nothing is answered afterwards. */
  onOver(error: Error | null): void;
}

const MAX_ANSWER_BYTES = 1024 * 1024;

export class LineStream {
  readonly #request: ClientRequest;
  readonly #url: string;
  readonly #events: LineStreamEvents;
  #isOver = false;
  #hasConnected = false;

  constructor({ url, token }: Where, events: LineStreamEvents) {
    this.#url = url;
    this.#events = events;
    const at = new URL(`${url}/api/v1/events`);
    const headers = { "content-type": "application/x-ndjson", ...(token === null ? {} : { authorization: `Bearer ${token}` }) };
    this.#request = (at.protocol === "https:" ? httpsRequest : httpRequest)(at, { method: "POST", headers });
    this.#request.on("response", (response) => void this.#read(response));
    this.#request.on("error", (cause) => this.#end(unreachable(url, cause)));
    this.#request.on("socket", (socket) => socket.once("connect", () => (this.#hasConnected = true)));
    // Headers go along with the first line otherwise.
    this.#request.flushHeaders();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Somebody was there. */
  get hasConnected(): boolean {
    return this.#hasConnected;
  }

  /** No more lines: what was written is being answered. */
  get isEnding(): boolean {
    return this.#request.writableEnded;
  }

  /** False: wait for `drained` before more. */
  write(line: string): boolean {
    return this.#request.write(`${line}\n`);
  }

  async drained(): Promise<void> {
    if (this.#isOver || !this.#request.writableNeedDrain) return;
    const done = new AbortController();
    // Over, it will never drain.
    const either = ["drain", "close"].map((name) => once(this.#request, name, { signal: done.signal }).catch(() => {}));
    await Promise.race(either);
    done.abort();
  }

  /** Nothing more is written. */
  end(): void {
    this.#request.end();
  }

  destroy(): void {
    this.#end(null);
    this.#request.destroy();
  }

  async #read(response: IncomingMessage): Promise<void> {
    try {
      if (response.statusCode !== 200) {
        let text = "";
        for await (const chunk of response.setEncoding("utf8")) text += chunk as string;
        return this.#end(apiErrorOf(this.#url, response.statusCode ?? 0, response.headers["retry-after"] ?? null, text));
      }
      const cutter = new LineCutter(MAX_ANSWER_BYTES);
      for await (const chunk of response as AsyncIterable<Buffer>) {
        for (const line of cutter.cut(chunk))
          if (line !== "tooLong" && !this.#isOver) this.#events.onAnswer(JSON.parse(line.bytes.toString("utf8")) as SentLine);
      }
      this.#end(null);
    } catch (error) {
      this.#end(unreachable(this.#url, error));
    }
  }

  #end(error: Error | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#events.onOver(error);
    this.#request.destroy();
  }
}
