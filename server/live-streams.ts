// Streams of Server-Sent Events: bounded in number, alive by heartbeats, and ended where the reader does not keep up.
import type { Clock } from "../engine/core/clock.ts";
import type { LiveMessage } from "./contract/live.ts";
import type { ServerLimits } from "./http/limits.ts";
import { Places } from "./http/places.ts";
import { ServerError } from "./http/server-error.ts";
import type { Actor, LiveHub } from "./served-app.ts";

type StreamLimits = Pick<ServerLimits, "streams" | "streamsEach" | "heartbeatMs" | "unreadBytes">;

interface Stream {
  end(): void;
}

const RETRY_SECONDS = 10;
/** A browser that lost its stream comes again after so long. */
const OPENING = "retry: 2000\n\n";
const HEARTBEAT = ":\n\n";

export class LiveStreams {
  readonly #live: LiveHub;
  readonly #limits: StreamLimits;
  readonly #clock: Clock;
  readonly #open = new Set<Stream>();
  readonly #places: Places;
  #isClosed = false;

  constructor({ live, limits, clock }: { readonly live: LiveHub; readonly limits: StreamLimits; readonly clock: Clock }) {
    this.#live = live;
    this.#limits = limits;
    this.#clock = clock;
    const { streams: all, streamsEach: each } = limits;
    this.#places = new Places({ all, each, what: "live streams", retrySeconds: RETRY_SECONDS });
  }

  get count(): number {
    return this.#open.size;
  }

  /** `isWelcome`: asked at each heartbeat; when not any more, it is ended. @throws ServerError `TOO_MANY_STREAMS`, `NOT_READY` */
  open(actor: Actor, isWelcome: () => boolean): ReadableStream<Uint8Array> {
    if (this.#isClosed) throw new ServerError("NOT_READY", "the server is stopping", { retryAfterSeconds: RETRY_SECONDS });
    const giveBack = this.#places.take(actor);
    let stream: Stream | null = null;
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          stream = this.#begin(controller, isWelcome, giveBack);
        },
        cancel: () => stream?.end(),
      },
      { highWaterMark: this.#limits.unreadBytes, size: (chunk) => chunk.byteLength },
    );
  }

  /** Ends all, and refuses more. */
  close(): void {
    this.#isClosed = true;
    for (const stream of this.#open) stream.end();
  }

  #begin(controller: ReadableStreamDefaultController<Uint8Array>, isWelcome: () => boolean, giveBack: () => void): Stream {
    const say = (text: string): void => {
      if ((controller.desiredSize ?? 0) <= 0) return stream.end();
      controller.enqueue(Buffer.from(text));
    };
    const forget = this.#clock.every(this.#limits.heartbeatMs, () => (isWelcome() ? say(HEARTBEAT) : stream.end()));
    const stopHearing = this.#live.hear((message) => say(lineOf(message)));
    const stream: Stream = {
      end: () => {
        if (!this.#open.delete(stream)) return;
        giveBack();
        forget();
        stopHearing();
        closeOnce(controller);
      },
    };
    this.#open.add(stream);
    say(OPENING);
    return stream;
  }
}

function closeOnce(controller: ReadableStreamDefaultController<Uint8Array>): void {
  try {
    controller.close();
  } catch {
    // Its reader cancelled it: it is over.
  }
}

function lineOf(message: LiveMessage): string {
  return `event: ${message.type}\ndata: ${JSON.stringify(message)}\n\n`;
}
