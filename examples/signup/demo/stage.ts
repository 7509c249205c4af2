// Where the demo plays: what differs between the embedded log and Kafka.
import type { Log } from "../../../engine/log/log.ts";
import type { SignUpOptions } from "../app.ts";
import type { Crew } from "./crew.ts";
import type { Ledger } from "./ledger.ts";
import type { SignUp } from "./messages.ts";
import type { Narrator } from "./narrator.ts";

export interface Stage extends AsyncDisposable {
  readonly workers: number;
  readonly signUps: number;
  /** For each worker's app. */
  readonly log: Pick<SignUpOptions, "log" | "topicPrefix">;
  /** Resolves when the log has the event. */
  send(event: SignUp, crew: Crew): Promise<void>;
  /** A worker was killed: has the others, or another, go on. */
  recover(crew: Crew, ledger: Ledger, narrator: Narrator): Promise<void>;
  /** For the time after the workers. */
  openLog(): Promise<Log>;
}

export const PARTITIONS = 8;
