// Bodies of requests: read whole, within bounds, as text that is UTF-8 for certain.
import type { Clock } from "../../engine/core/clock.ts";
import type { Actor } from "../served-app.ts";
import { BodyRoom, type TakenRoom } from "./body-room.ts";
import type { ServerLimits } from "./limits.ts";
import { ServerError } from "./server-error.ts";

type BodyLimits = Pick<ServerLimits, "bodyBytes" | "allBodiesBytes" | "bodiesBytesEach" | "bodyMs">;

export interface HeldBody {
  readonly text: string;
  /** Once it is not needed any more: its room is others'. */
  readonly release: () => void;
}

export class Bodies {
  readonly limits: BodyLimits;
  readonly #clock: Clock;
  readonly #room: BodyRoom;

  constructor(limits: BodyLimits, clock: Clock) {
    this.limits = limits;
    this.#clock = clock;
    this.#room = new BodyRoom(limits);
  }

  /** @throws ServerError `BODY_TOO_LARGE`, `BODY_TOO_SLOW`, `MALFORMED_BODY`, `NOT_READY`: what was not read of it is still there to be read */
  async read(request: Request, actor: Actor): Promise<HeldBody> {
    this.#checkLength(request.headers.get("content-length"));
    const { body } = request;
    if (body === null) return { text: "", release: () => {} };
    const taken = this.#room.of(actor);
    const release = (): void => taken.giveBack();
    const reader = body.getReader();
    try {
      return { text: textOf(await this.#chunks(reader, taken)), release };
    } catch (error) {
      release();
      throw error;
    } finally {
      reader.releaseLock();
    }
  }

  async #chunks(reader: ReadableStreamDefaultReader<Uint8Array>, taken: TakenRoom): Promise<readonly Uint8Array[]> {
    const { bodyBytes, bodyMs } = this.limits;
    let isLate = false;
    const forget = this.#clock.setTimer(bodyMs, () => {
      isLate = true;
      // Ends a read that waits.
      reader.releaseLock();
    });
    const chunks: Uint8Array[] = [];
    try {
      for (;;) {
        const { done, value } = await reader.read().catch((cause: unknown) => {
          throw isLate ? tooSlow(bodyMs) : new ServerError("MALFORMED_BODY", "the body was cut off", { cause });
        });
        if (done) return chunks;
        if (taken.bytes + value.byteLength > bodyBytes) throw tooLarge(bodyBytes);
        taken.take(value.byteLength);
        chunks.push(value);
      }
    } finally {
      forget();
    }
  }

  #checkLength(header: string | null): void {
    const { bodyBytes } = this.limits;
    if (header !== null && Number(header) > bodyBytes) throw tooLarge(bodyBytes);
  }
}

function textOf(chunks: readonly Uint8Array[]): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
  } catch (cause) {
    throw new ServerError("MALFORMED_BODY", "the body is not UTF-8", { cause });
  }
}

function tooLarge(bytes: number): ServerError {
  return new ServerError("BODY_TOO_LARGE", `a body may have ${bytes} bytes. Many events go as NDJSON, which has no bound`);
}

function tooSlow(ms: number): ServerError {
  return new ServerError("BODY_TOO_SLOW", `the body was not here within ${ms / 1_000} s`);
}
