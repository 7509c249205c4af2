// Alerts to webhooks: JSON with a line of text that chats show as it is. Telling costs the engine a function call.
import type { BackoffOptions } from "../core/backoff.ts";
import type { Clock } from "../core/clock.ts";
import type { Alert } from "./alert.ts";
import { AlertDigest, type DigestedAlert } from "./alert-digest.ts";
import type { Logger } from "./logger.ts";
import type { Meters } from "./meters.ts";
import { Webhook, type WebhookTarget } from "./webhook.ts";

export interface AlertTarget extends WebhookTarget {
  readonly on?: readonly string[] | undefined;
  readonly errorMessages: boolean;
}

export interface WebhookAlertsOptions {
  readonly app: string;
  readonly targets: readonly AlertTarget[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meters: Pick<Meters, "alertsSent">;
  readonly times?: { readonly gatherMs: number; readonly quietMs: number; readonly timeoutMs: number; readonly backoff: BackoffOptions };
}

const CLOSE_MS = 2_000;

export class WebhookAlerts {
  readonly #targets: readonly AlertTarget[];
  readonly #webhooks: readonly Webhook[];
  readonly #digest: AlertDigest;
  readonly #app: string;

  constructor({ app, targets, clock, logger, meters, times }: WebhookAlertsOptions) {
    this.#app = app;
    this.#targets = targets;
    const counted = (outcome: string) => meters.alertsSent.of(outcome);
    const { gatherMs, quietMs, timeoutMs, backoff } = times ?? {};
    const webhookTimes = timeoutMs === undefined || backoff === undefined ? {} : { timeoutMs, backoff };
    this.#webhooks = targets.map((target) => new Webhook({ target, clock, logger, counted, ...webhookTimes }));
    const digestTimes = gatherMs === undefined || quietMs === undefined ? {} : { gatherMs, quietMs };
    this.#digest = new AlertDigest({ clock, tell: (alert) => this.#send(alert), ...digestTimes });
  }

  /** `times`: it stands for so many of its kind. */
  tell(alert: Alert, times = 1): void {
    if (this.#targets.some(({ on }) => on === undefined || on.includes(alert.code))) this.#digest.add(alert, times);
  }

  /** What was gathered goes out, if that takes no longer than two seconds. */
  async close(): Promise<void> {
    this.#digest.flush();
    await Promise.all(this.#webhooks.map((webhook) => webhook.close(CLOSE_MS)));
  }

  #send(alert: DigestedAlert): void {
    for (const [index, { on, errorMessages }] of this.#targets.entries()) {
      if (on !== undefined && !on.includes(alert.code)) continue;
      this.#webhooks[index]?.send(JSON.stringify(bodyOf(this.#app, alert, errorMessages)));
    }
  }
}

function bodyOf(app: string, alert: DigestedAlert, withMessages: boolean): object {
  const { errorMessages, functionId, since, until, ...rest } = alert;
  return {
    text: textOf(app, alert, withMessages),
    app,
    ...rest,
    function: functionId,
    ...(withMessages ? { errorMessages } : {}),
    since: new Date(since).toISOString(),
    until: new Date(until).toISOString(),
  };
}

function textOf(
  app: string,
  { code, message, count, functionId, consumer, runs, errors, errorMessages }: DigestedAlert,
  withMessages: boolean,
): string {
  const times = count === 1 ? "" : ` (${count} times)`;
  const whose = functionId ?? consumer;
  const of = whose === null ? "" : ` ${whose}:`;
  const why = (withMessages ? errorMessages : errors).join("; ");
  const which = runs.length === 0 ? "" : ` [${runs.join(", ")}${count > runs.length ? ", …" : ""}]`;
  return `${app}: ${code}${times}:${of} ${message}${why === "" ? "" : `: ${why}`}${which}`;
}
