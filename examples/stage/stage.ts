// Where a demo plays: what differs between the embedded log and Kafka.
import type { Log } from "../../engine/log/log.ts";
import type { Crew } from "./crew.ts";
import type { AppOptions, StageEvent } from "./messages.ts";
import type { Narrator } from "./narrator.ts";

export interface Stage extends AsyncDisposable {
  readonly kind: "embedded" | "kafka";
  readonly workers: number;
  /** For each worker's app. */
  readonly log: Pick<AppOptions, "log" | "topicPrefix" | "partitions">;
  /** Resolves when the log has the event. */
  send<Told>(event: StageEvent, crew: Crew<Told>): Promise<void>;
  /** A worker was killed: has the others, or another, go on. */
  recover<Told>(recovery: Recovery<Told>): Promise<void>;
  /** For the time after the workers. */
  openLog(): Promise<Log>;
}

export interface Recovery<Told> {
  readonly crew: Crew<Told>;
  readonly narrator: Narrator;
  /** How many steps are finished. */
  readonly steps: () => number;
}

export const PARTITIONS = 8;
