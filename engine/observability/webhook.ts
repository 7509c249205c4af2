// One address that alerts go to: one message after the other, each tried a few times, and no more waiting than fits.
import { createHmac } from "node:crypto";
import { backoffMs, type BackoffOptions } from "../core/backoff.ts";
import type { Clock } from "../core/clock.ts";
import type { Counter } from "./instruments.ts";
import type { Logger } from "./logger.ts";

export interface WebhookTarget {
  readonly url: string;
  readonly secret?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export interface WebhookOptions {
  readonly target: WebhookTarget;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly counted: (outcome: "sent" | "retried" | "failed" | "dropped") => Counter;
  /** Of one try. */
  readonly timeoutMs?: number;
  readonly backoff?: BackoffOptions;
}

const MAX_WAITING = 100;
const MAX_TRIES = 6;
const BACKOFF: BackoffOptions = { baseMs: 1_000, maxMs: 30_000 };

export class Webhook {
  readonly #options: Required<WebhookOptions>;
  readonly #waiting: string[] = [];
  readonly #abort = new AbortController();
  /** Of a burst, the first is told in the log. */
  #isDropping = false;
  /** Those that were on their way when the time was up: 0 or 1. */
  #cutShort = 0;
  #sending: Promise<void> | null = null;

  constructor({ timeoutMs = 10_000, backoff = BACKOFF, ...options }: WebhookOptions) {
    this.#options = { ...options, timeoutMs, backoff };
  }

  /** Returns at once. `body`: JSON. */
  send(body: string): void {
    const { counted, logger } = this.#options;
    if (this.#waiting.length >= MAX_WAITING) {
      counted("dropped").add();
      if (!this.#isDropping) {
        logger.error(
          { code: "ALERTS_DROPPED", host: this.#host() },
          `${MAX_WAITING} alerts wait for a webhook that does not take them; further ones are dropped until it does`,
        );
      }
      this.#isDropping = true;
      return;
    }
    this.#waiting.push(body);
    this.#sending ??= this.#sendAll();
  }

  /** Resolves when what waits is sent, or the time is up; then the rest is given up, in one line. */
  async close(graceMs: number): Promise<void> {
    const { clock, counted, logger } = this.#options;
    const forget = clock.setTimer(graceMs, () => this.#abort.abort());
    await this.#sending;
    forget();
    this.#abort.abort();
    const left = this.#waiting.splice(0).length + this.#cutShort;
    this.#cutShort = 0;
    if (left === 0) return;
    counted("failed").add(left);
    logger.error(
      { code: "ALERT_NOT_DELIVERED", host: this.#host(), alerts: left },
      `a webhook had not taken ${left} alerts when this process ended, and hears of them no more`,
    );
  }

  async #sendAll(): Promise<void> {
    // Whoever told of it goes on first.
    await Promise.resolve();
    while (!this.#abort.signal.aborted) {
      const body = this.#waiting.shift();
      if (body === undefined) break;
      if (await this.#sendOne(body)) this.#isDropping = false;
    }
    this.#sending = null;
  }

  async #sendOne(body: string): Promise<boolean> {
    const { counted, logger, backoff } = this.#options;
    for (let tries = 1; ; tries++) {
      const problem = await this.#try(body);
      if (problem === null) {
        counted("sent").add();
        return true;
      }
      if (this.#abort.signal.aborted) {
        this.#cutShort += 1;
        return false;
      }
      if (!problem.canRetry || tries === MAX_TRIES) {
        counted("failed").add();
        logger.error({ code: "ALERT_NOT_DELIVERED", host: this.#host(), tries }, `a webhook did not take an alert: ${problem.reason}`);
        return false;
      }
      counted("retried").add();
      await this.#pause(backoffMs(tries - 1, Math.random(), backoff));
    }
  }

  async #try(body: string): Promise<{ readonly reason: string; readonly canRetry: boolean } | null> {
    const { target, timeoutMs } = this.#options;
    const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(timeoutMs)]);
    try {
      // In whatever letters the target's are written: a header that is there twice is sent as one with two values.
      const headers = new Headers(target.headers);
      for (const [name, value] of Object.entries({ "content-type": "application/json", ...this.#signature(body) }))
        headers.set(name, value);
      // A redirect could take what is signed for one to another.
      const answer = await fetch(target.url, { method: "POST", headers, body, signal, redirect: "manual" });
      await answer.body?.cancel();
      if (answer.ok) return null;
      return { reason: `it answered ${answer.status}`, canRetry: answer.status >= 500 || answer.status === 429 || answer.status === 408 };
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      return { reason: cause instanceof Error ? cause.message : String(cause), canRetry: true };
    }
  }

  /** The time is signed, too, so that an old message is known for one. */
  #signature(body: string): Readonly<Record<string, string>> {
    const { target, clock } = this.#options;
    if (target.secret === undefined) return {};
    const time = Math.floor(clock.wallMs() / 1_000);
    const mac = createHmac("sha256", target.secret).update(`${time}.${body}`).digest("hex");
    return { "millrace-signature": `t=${time},v1=${mac}` };
  }

  async #pause(ms: number): Promise<void> {
    const { signal } = this.#abort;
    const { promise, resolve } = Promise.withResolvers<void>();
    const go = (): void => resolve();
    const forget = this.#options.clock.setTimer(ms, go);
    signal.addEventListener("abort", go);
    await promise;
    forget();
    signal.removeEventListener("abort", go);
  }

  /** Paths of webhooks are secrets. */
  #host(): string {
    return new URL(this.#options.target.url).host;
  }
}
