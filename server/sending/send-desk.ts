// Events on their way from the API to the log: refused while the log is slow, and answered within a time. What is answered as sent is in the log.
import type { Clock } from "../../engine/core/clock.ts";
import type { SendResult } from "../../engine/sdk/sending/delivery.ts";
import type { EventToSend } from "../contract/events.ts";
import type { ServerLimits } from "../http/limits.ts";
import { Places } from "../http/places.ts";
import { ServerError } from "../http/server-error.ts";
import type { Actor, AppHandle } from "../served-app.ts";

type DeskLimits = Pick<ServerLimits, "sendMs" | "slowMs" | "sendingBytes" | "uploads" | "uploadsEach">;

/** W3C trace context of the request that sends events, as its headers have it: they belong to that trace. */
export interface RequestTrace {
  readonly traceparent?: string;
  readonly tracestate?: string;
}

interface Pending {
  readonly since: number;
  readonly bytes: number;
}

const RETRY_SECONDS = 5;

export class SendDesk {
  readonly #app: Pick<AppHandle, "send">;
  readonly #limits: DeskLimits;
  readonly #clock: Clock;
  /** In the order in which they came. */
  readonly #pending = new Set<Pending>();
  readonly #uploads: Places;
  #bytes = 0;

  constructor(app: Pick<AppHandle, "send">, limits: DeskLimits, clock: Clock) {
    this.#app = app;
    this.#limits = limits;
    this.#clock = clock;
    this.#uploads = new Places({ all: limits.uploads, each: limits.uploadsEach, what: "streams of events" });
  }

  /** Before anything is taken: nothing of what is refused is sent. @throws ServerError `LOG_IS_SLOW` */
  checkRoom(): void {
    const { slowMs, sendingBytes } = this.#limits;
    const [oldest] = this.#pending;
    const waitsMs = oldest === undefined ? 0 : this.#clock.monotonicMs() - oldest.since;
    if (waitsMs < slowMs && this.#bytes < sendingBytes) return;
    const why =
      waitsMs >= slowMs ? `events wait for it since ${Math.round(waitsMs / 1_000)} s` : `${this.#bytes} bytes of events wait for it`;
    throw new ServerError("LOG_IS_SLOW", `the log is slow: ${why}. Nothing of this request was sent; send it again later`, {
      retryAfterSeconds: RETRY_SECONDS,
    });
  }

  /** A stream of lines begins; returns how it ends. @throws ServerError `LOG_IS_SLOW`, `TOO_MANY_STREAMS` */
  beginUpload(actor: Actor): () => void {
    this.checkRoom();
    return this.#uploads.take(actor);
  }

  /** @throws what `app.send` throws; ServerError `SEND_UNKNOWN` where the log has not answered in time */
  async send(events: readonly EventToSend[], bytes: number, trace: RequestTrace): Promise<SendResult> {
    const pending: Pending = { since: this.#clock.monotonicMs(), bytes };
    this.#pending.add(pending);
    this.#bytes += bytes;
    const { promise: late, reject } = Promise.withResolvers<never>();
    const forget = this.#clock.setTimer(this.#limits.sendMs, () => reject(this.#unknown(events)));
    const sent = this.#app.send(events.map((event) => asEvent(event, trace))).finally(() => {
      this.#pending.delete(pending);
      this.#bytes -= bytes;
    });
    try {
      return await Promise.race([sent, late]);
    } finally {
      forget();
    }
  }

  #unknown(events: readonly EventToSend[]): ServerError {
    const reason = `the log did not answer within ${this.#limits.sendMs / 1_000} s`;
    return new ServerError(
      "SEND_UNKNOWN",
      `${reason}: these events are in it, or will be, or not. Sent again under the same ids they count once; without ids they may count twice`,
      { retryAfterSeconds: RETRY_SECONDS, deliveries: events.map(({ id = null }) => ({ status: "unknown", id, reason })) },
    );
  }
}

function asEvent({ name, data = null, id, key, subject, time }: EventToSend, trace: RequestTrace) {
  return {
    name,
    data,
    ...(id === undefined ? {} : { id }),
    ...(key === undefined ? {} : { key }),
    ...(subject === undefined ? {} : { subject }),
    ...trace,
    ...(time === undefined ? {} : { time: typeof time === "string" ? new Date(time) : time }),
  };
}
