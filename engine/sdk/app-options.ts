// What `new Millrace(…)` takes.
import type { Logger as PinoLogger } from "pino";
import type { AlertTargets } from "../config/alerts.ts";
import type { AppOptions } from "../config/options.ts";
import type { Clock } from "../core/clock.ts";
import type { AnyEvents } from "../execution/event-map.ts";
import type { Codec } from "../log/encrypted/codec.ts";
import type { Log } from "../log/log.ts";
import type { AlertHook } from "../observability/alert.ts";
import type { SchemaRegistry } from "../schemas/registry/registry.ts";
import type { EventDeclarations } from "../sources/declared.ts";
import type { SealedFrame } from "../task/frame-queue.ts";
import type { ForeignTopic } from "./app-sources.ts";

export interface MillraceOptions<Events extends object = AnyEvents, Sent extends object = Events> extends Omit<AppOptions, "sources"> {
  /**
   * Schemas of the events' data, by name: `avro(schema)`, or a Standard Schema such as zod's. What is sent has to fit, and types follow from
   * them. Those without a schema are JSON. See the guide's "Events".
   */
  readonly events?: EventDeclarations<Events, Sent>;
  /** Topics of others whose records are events of this app, too. See the guide's "Foreign topics". */
  readonly sources?: readonly ForeignTopic[];
  /**
   * What encrypts all that the app writes, so that brokers never see it plain: `aesGcmCodec({ keys, current })`, or one of your own. All of an app's
   * workers and producers have the same. See the guide's "Encryption".
   */
  readonly codec?: Codec;
  /** Default: pino to standard output, at the level of the environment's `LOG_LEVEL`, else `info`. */
  readonly logger?: PinoLogger;
  /** Webhooks that hear of what somebody should hear of now. See the guide's "Alerts". */
  readonly alerts?: AlertTargets;
  /** So many records of a source partition may wait before that is an alert. Default 100,000. */
  readonly maxLag?: number;
  /** Called for all that webhooks hear of, but for each run that fails. See the guide's "Alerts" for the codes. */
  readonly onAlert?: AlertHook;
}

/** What tests and tools put in the place of the real thing. */
export interface Internals {
  readonly log?: Log;
  readonly registry?: () => Promise<SchemaRegistry>;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly divergenceGraceMs?: number;
  readonly onFrame?: (partition: number, frame: SealedFrame) => void;
}
