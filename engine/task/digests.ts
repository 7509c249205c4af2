// The digest of a task's state as it is in the log: nothing is decided while it is worked out.
import type { Input } from "../workflow/decide.ts";
import type { PartitionState } from "../workflow/state.ts";
import { stateDigest } from "./state-digest.ts";
import type { Standstill } from "./standstill.ts";

export interface DigestsOptions {
  readonly state: PartitionState;
  readonly standstill: Standstill;
  /** Resolves when all that was decided is acknowledged. */
  readonly idle: () => Promise<void>;
  /** Gets what came meanwhile. */
  readonly goOn: (held: readonly Input[]) => void;
  readonly submit: (input: Input) => void;
}

export class Digests {
  readonly #options: DigestsOptions;

  constructor(options: DigestsOptions) {
    this.#options = options;
  }

  /** With the number of the last frame. */
  async now(): Promise<{ readonly lsn: number; readonly digest: string }> {
    const { state, standstill, idle, goOn } = this.#options;
    return standstill.during(async () => {
      await idle();
      return { lsn: state.lsn, digest: stateDigest(state) };
    }, goOn);
  }

  /** Into the journal: whoever asked reads it there. */
  async tell(nonce: string): Promise<void> {
    const { lsn, digest } = await this.now();
    this.#options.submit({ type: "OwnerSays", record: { type: "DigestTold", nonce, of: lsn, digest } });
  }
}
