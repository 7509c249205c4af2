// Carries messages to the inboxes of other partitions: in order, one append in flight for each pair of partitions (R7).
import type { Log } from "../log/log.ts";
import { encodeParcel } from "../journal/inbox.ts";
import type { Letter } from "../workflow/message/state.ts";

export interface CourierOptions {
  readonly log: Log;
  readonly inbox: string;
  readonly from: number;
  readonly signal: AbortSignal;
  /** Everything up to `through` is in the inbox of partition `to`. */
  readonly confirm: (to: number, through: number) => void;
  readonly failed: (error: unknown) => void;
}

interface Numbered extends Letter {
  readonly sequence: number;
}

const MAX_PARCEL_BYTES = 512 * 1024;
const MAX_LETTERS = 1_000;

export class Courier {
  readonly #options: CourierOptions;
  readonly #waiting = new Map<number, Numbered[]>();
  readonly #carrying = new Map<number, Promise<void>>();

  constructor(options: CourierOptions) {
    this.#options = options;
  }

  /** The message is acknowledged in the journal: it may go. In order of sequence. */
  add(to: number, letter: Numbered): void {
    const waiting = this.#waiting.get(to);
    if (waiting === undefined) this.#waiting.set(to, [letter]);
    else waiting.push(letter);
    if (!this.#carrying.has(to)) this.#carrying.set(to, this.#carry(to));
  }

  /** Resolves when what was added is in the inboxes. */
  async settled(): Promise<void> {
    await Promise.all(this.#carrying.values());
  }

  async #carry(to: number): Promise<void> {
    const { log, inbox, from, signal, confirm, failed } = this.#options;
    try {
      // All that one frame tells goes together.
      await new Promise((resolve) => setImmediate(resolve));
      for (let messages = this.#take(to); messages.length > 0 && !signal.aborted; messages = this.#take(to)) {
        await log.append({ topic: inbox, partition: to }, [{ key: null, value: encodeParcel({ from, messages }) }], { signal });
        confirm(to, messages.at(-1)?.sequence ?? 0);
      }
    } catch (error) {
      if (!signal.aborted) failed(error);
    } finally {
      this.#carrying.delete(to);
    }
  }

  #take(to: number): readonly Numbered[] {
    const waiting = this.#waiting.get(to) ?? [];
    let bytes = 0;
    let count = 0;
    for (const { body } of waiting) {
      if (count > 0 && (bytes + body.length > MAX_PARCEL_BYTES || count >= MAX_LETTERS)) break;
      bytes += body.length;
      count += 1;
    }
    const taken = waiting.splice(0, count);
    if (waiting.length === 0) this.#waiting.delete(to);
    return taken;
  }
}
