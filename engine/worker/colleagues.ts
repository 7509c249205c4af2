// The other workers of an app, as their group's coordinator tells of them: who lives, and what each has. A picture of a moment, and no lock (R8).
import type { Clock } from "../core/clock.ts";
import type { GroupMember, Log } from "../log/log.ts";
import { inTime } from "../core/in-time.ts";
import { decodeFacts } from "./member-facts.ts";

const ANSWER_MS = 500;

export interface ColleaguesOptions {
  readonly log: Log;
  readonly group: string;
  /** This worker's own name. */
  readonly worker: string;
  readonly clock: Clock;
}

export class Colleagues {
  readonly #options: ColleaguesOptions;
  #asking: Promise<readonly GroupMember[]> | null = null;

  constructor(options: ColleaguesOptions) {
    this.#options = options;
  }

  /** All members. One question at a time: whoever asks meanwhile shares its answer. @throws LogError */
  members(): Promise<readonly GroupMember[]> {
    const { log, group } = this.#options;
    this.#asking ??= log.members(group).finally(() => (this.#asking = null));
    return this.#asking;
  }

  /** Whether the group has nobody but this worker; false where it does not say. */
  async isAlone(): Promise<boolean> {
    return (await this.#others())?.length === 0;
  }

  /** Where the group does not say, since it changes just now, it is believed: whoever asks waits only so long. */
  async isAlive(worker: string): Promise<boolean> {
    let isThere = true;
    const asked = this.#others().then((others) => void (isThere = others?.includes(worker) !== false));
    await inTime(this.#options.clock, ANSWER_MS, asked);
    return isThere;
  }

  async #others(): Promise<readonly (string | null)[] | null> {
    try {
      const names = (await this.members()).map(({ metadata }) => decodeFacts(metadata).worker);
      return names.filter((name) => name !== this.#options.worker);
    } catch {
      return null;
    }
  }
}
