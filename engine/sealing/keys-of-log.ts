// The keys of an app's subjects, for who has its log and not its code: commands that print what is in it.
import type { Log } from "../log/log.ts";
import type { Logger } from "../observability/logger.ts";
import { KeyRing } from "./key-ring.ts";

export interface KeysOptions {
  readonly log: Log;
  readonly topic: string;
  /** The app's id. */
  readonly app: string;
  readonly logger: Logger;
}

/** Null where the app seals nothing. To be closed before the log. @throws LogError */
export async function keysOfLog(options: KeysOptions): Promise<KeyRing | null> {
  return (await options.log.describeTopic(options.topic)) === null ? null : KeyRing.open(options);
}
