// What the process that runs an app tells the one that watches its files, and is told by it.
import type { SettingFlags } from "../command-settings.ts";

/** Comes first. What else there is to say, a signal says. */
export interface Begin {
  readonly type: "begin";
  readonly module: string;
  /** As the command was called. Each process reads what else there is to read. */
  readonly flags: SettingFlags;
}

/** A file that the app is made of, as it was loaded. */
export interface LoadedFile {
  readonly file: string;
  /** Of its bytes; `null`: it was looked for and is not there. */
  readonly hash: string | null;
}

export type ChildMessage =
  | { readonly type: "loaded"; readonly file: LoadedFile }
  /** Its own port: the door of the other process leads there. */
  | { readonly type: "listening"; readonly port: number }
  | { readonly type: "ready"; readonly app: ReadyApp }
  /** It has heard that it is to end. */
  | { readonly type: "stopping" }
  | Failed;

export interface ReadyApp {
  readonly id: string;
  /** Where the log is, for people. */
  readonly log: string;
  readonly functions: readonly { readonly id: string; readonly events: readonly string[] }[];
  readonly consumers: readonly string[];
}

/** It ends now. */
export interface Failed {
  readonly type: "failed";
  /** A code of Millrace, where it has one. */
  readonly code: string | null;
  /** With the stack of what was thrown, where that is the module's. */
  readonly text: string;
  /** Whether trying again may help, with the same files. */
  readonly isPassing: boolean;
}
