// What somebody should hear of, told by a server: all that can be seen in the log and in the history, and that no worker tells by itself. Workers say in
// their group which alerts they tell, and of an app's servers one tells: so nobody hears of a thing twice, but for moments in which these change.
import type { Clock } from "../../engine/core/clock.ts";
import type { ServerAlert } from "../../engine/core/alert-codes.ts";
import type { Alert } from "../../engine/observability/alert.ts";
import type { Logger } from "../../engine/observability/logger.ts";
import { Meters } from "../../engine/observability/meters.ts";
import { WebhookAlerts } from "../../engine/observability/webhook-alerts.ts";
import type { InForce, ManifestInForce } from "../functions/manifest-in-force.ts";
import { manifestOf } from "../functions/manifest-of.ts";
import { LiveWorkers, type LiveWorker } from "../partitions/live-workers.ts";
import { sourceLag } from "../partitions/source-lag.ts";
import { standingOf } from "../partitions/standing-of.ts";
import type { HistoryProgress, ServedApp } from "../served-app.ts";
import { AlertDuty } from "./alert-duty.ts";
import type { BadEnds } from "./bad-ends.ts";
import { Blindness } from "./blindness.ts";
import { Lookout } from "./lookout.ts";

export interface ServerAlertsTo {
  readonly url: string;
  readonly secret?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Default: all that a server sees. */
  readonly on?: readonly ServerAlert[] | undefined;
  /** Records of one source partition. */
  readonly maxLag: number;
}

export interface ServerAlertsOptions {
  readonly served: ServedApp;
  readonly to: ServerAlertsTo;
  /** Of the history. */
  readonly badEnds: BadEnds;
  /** Of the history; null: it is complete as it is. */
  readonly progress: HistoryProgress | null;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What counts messages; absent: nobody asks. */
  readonly meters?: Pick<Meters, "alertsSent">;
}

const LOOK_MS = 10_000;

export class ServerAlerts {
  readonly #options: ServerAlertsOptions;
  readonly #webhooks: WebhookAlerts;
  readonly #duty: AlertDuty;
  readonly #lookout: Lookout;
  readonly #blindness: Blindness;
  readonly #workers: LiveWorkers;
  readonly #manifest: ManifestInForce;
  readonly #forget: () => void;
  /** Of a history that is made anew. */
  #isReadingThePast: boolean;
  #isLooking = false;
  #isClosed = false;

  constructor(options: ServerAlertsOptions) {
    const { served, to, progress, clock, logger, meters = new Meters() } = options;
    const { log, topics } = served;
    this.#options = options;
    this.#isReadingThePast = progress?.isNew === true;
    this.#webhooks = new WebhookAlerts({ app: served.id, targets: [{ ...to, errorMessages: false }], clock, logger, meters });
    this.#duty = new AlertDuty({ log, topics, clock, logger });
    this.#lookout = new Lookout(clock);
    this.#blindness = new Blindness(clock, logger);
    this.#workers = new LiveWorkers({ log, topics, now: () => clock.monotonicMs() });
    this.#manifest = manifestOf(served);
    this.#forget = clock.every(LOOK_MS, () => void this.#lookSafely());
  }

  /** What was gathered goes out, if that takes no longer than two seconds. Before the history is closed. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#forget();
    await Promise.all([this.#duty.leave(), this.#webhooks.close()]);
  }

  async #lookSafely(): Promise<void> {
    if (this.#isLooking) return this.#blindness.seesNothing("the log does not answer");
    this.#isLooking = true;
    try {
      const obstacle = await this.#look();
      if (this.#isClosed) return;
      if (obstacle === null) this.#blindness.sees();
      else this.#blindness.seesNothing(obstacle);
    } catch (error) {
      // The next look may succeed.
      if (!this.#isClosed) this.#blindness.seesNothing(error instanceof Error ? error.message : String(error));
    } finally {
      this.#isLooking = false;
    }
  }

  /** Resolves with what keeps it from seeing, for people; null: nothing does. @throws LogError */
  async #look(): Promise<string | null> {
    const workers = await this.#workers.lookAt();
    // Nobody is believed to be gone.
    if (workers === null) return "the log does not say which workers run";
    const inForce = await this.#manifest.read();
    if (this.#isClosed) return null;
    const { isMine } = this.#duty;
    const goneMs = this.#lookout.seeWorkers(namesOf(workers), (inForce?.functions.length ?? 0) > 0);
    if (isMine === true) this.#tellAll(this.#lookout.ofWorkers(goneMs));
    this.#lookForBadEnds(workers, isMine);
    if (isMine === true && inForce !== null) await this.#lookAtPartitions(workers, inForce);
    return isMine === null ? "the app's servers have not agreed which of them tells" : null;
  }

  #lookForBadEnds(workers: readonly LiveWorker[], isMine: boolean | null): void {
    const { badEnds, progress } = this.#options;
    if (this.#isReadingThePast) {
      this.#isReadingThePast = progress?.hasCaughtUp === false;
      badEnds.look();
      return;
    }
    // Whether the workers of those runs have told it is asked of those that come.
    if (workers.length === 0 || isMine === null) return;
    const ends = badEnds.look();
    if (isMine) for (const { alert, times } of ends) if (!areTold(alert.code, workers)) this.#tell(alert, times);
  }

  async #lookAtPartitions(workers: readonly LiveWorker[], { sources }: InForce): Promise<void> {
    const { served, to } = this.#options;
    const [looksForStuck, looksForLag] = (["PARTITION_STUCK", "LAG_HIGH"] as const).map(
      (code) => (to.on === undefined || to.on.includes(code)) && !areTold(code, workers),
    );
    if (looksForStuck !== true && looksForLag !== true) return;
    const standing = await standingOf(served).look();
    if (looksForStuck === true) this.#tellAll(this.#lookout.ofPartitions(standing, namesOf(workers)));
    if (looksForLag !== true) return;
    const lags = await sourceLag({ log: served.log, sources, positions: standing.flatMap(({ positions }) => positions) });
    this.#tellAll(this.#lookout.ofLags(lags, to.maxLag));
  }

  #tellAll(alerts: readonly Alert[]): void {
    for (const alert of alerts) this.#tell(alert, 1);
  }

  #tell(alert: Alert, times: number): void {
    const { logger, to } = this.#options;
    if (this.#isClosed || (to.on !== undefined && !to.on.some((code) => code === alert.code))) return;
    const { message, ...fields } = alert;
    logger.error({ ...fields, times }, message);
    this.#webhooks.tell(alert, times);
  }
}

/** Each of them tells it, of its own partitions. */
function areTold(code: string, workers: readonly LiveWorker[]): boolean {
  return workers.length > 0 && workers.every(({ tells }) => tells.includes(code));
}

function namesOf(workers: readonly LiveWorker[]): readonly string[] {
  return workers.map(({ name }) => name);
}
