// Bodies of requests: read whole, within bounds, as text that is UTF-8 for certain.
import type { Clock } from "../../engine/core/clock.ts";
import type { ServerLimits } from "./limits.ts";
import { ServerError } from "./server-error.ts";

type BodyLimits = Pick<ServerLimits, "bodyBytes" | "allBodiesBytes" | "bodyMs">;

export interface HeldBody {
  readonly text: string;
  /** Once it is not needed any more: its room is others'. */
  readonly release: () => void;
}

export class Bodies {
  readonly limits: BodyLimits;
  readonly #clock: Clock;
  #held = 0;

  constructor(limits: BodyLimits, clock: Clock) {
    this.limits = limits;
    this.#clock = clock;
  }

  /** @throws ServerError `BODY_TOO_LARGE`, `MALFORMED_BODY`, `NOT_READY` */
  async read(request: Request): Promise<HeldBody> {
    this.#checkLength(request.headers.get("content-length"));
    const { body } = request;
    if (body === null) return { text: "", release: () => {} };
    const taken = { bytes: 0 };
    const release = (): void => {
      this.#held -= taken.bytes;
      taken.bytes = 0;
    };
    try {
      return { text: textOf(await this.#chunks(body.getReader(), taken)), release };
    } catch (error) {
      release();
      throw error;
    }
  }

  async #chunks(reader: ReadableStreamDefaultReader<Uint8Array>, taken: { bytes: number }): Promise<readonly Uint8Array[]> {
    const { bodyBytes, allBodiesBytes, bodyMs } = this.limits;
    const late = (): void => void reader.cancel(tooSlow(bodyMs)).catch(() => {});
    let isLate = false;
    const forget = this.#clock.setTimer(bodyMs, () => {
      isLate = true;
      late();
    });
    const chunks: Uint8Array[] = [];
    try {
      for (;;) {
        const { done, value } = await reader.read().catch((cause: unknown) => {
          throw new ServerError("MALFORMED_BODY", "the body was cut off", { cause });
        });
        if (isLate) throw tooSlow(bodyMs);
        if (done) return chunks;
        taken.bytes += value.byteLength;
        this.#held += value.byteLength;
        if (taken.bytes > bodyBytes) throw tooLarge(bodyBytes);
        if (this.#held > allBodiesBytes && this.#held > taken.bytes) throw full();
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

function full(): ServerError {
  return new ServerError("NOT_READY", "too many large requests are being read: try again in a moment", { retryAfterSeconds: 2 });
}
