// What the demo and its worker processes tell each other.
import type { EventToSend } from "millrace";
import type { SignUpOptions } from "../app.ts";
import type { SignUpEvents } from "../events.ts";
import type { Told } from "./told.ts";

/** A worker process gets it as its argument, in JSON. */
export interface WorkerSetUp {
  readonly options: SignUpOptions;
  readonly logFile: string;
}

export type SignUp = EventToSend<SignUpEvents> & { readonly id: string };

export interface ToWorker {
  readonly type: "send";
  readonly event: SignUp;
}

export type FromWorker =
  | { readonly type: "started" }
  /** The log has the event. */
  | { readonly type: "accepted"; readonly id: string }
  /** The log has acknowledged it, at this time (milliseconds since 1970). */
  | { readonly type: "acknowledged"; readonly at: number; readonly told: readonly Told[] }
  | { readonly type: "status"; readonly running: readonly number[]; readonly openRuns: number };
