// Sending without knowing whether it was: an event whose answer got lost may be in the log. The same event, sent again, has the id that it had, which
// counts once; another one has an id of its own.
import type { EventToSend } from "../../../../server/contract/events.ts";
import { newUuid } from "../../text/new-uuid.ts";

export interface NamedEvent {
  readonly event: EventToSend;
  /** It was sent before, and nobody knows what became of that. */
  readonly isAgain: boolean;
  /** What is the same when it is sent again, by the same person. */
  readonly words: string;
}

const MOST = 50;

export class Unanswered {
  /** Ids by words, the oldest first. */
  readonly #ids = new Map<string, string>();

  /** With an id: the one that it was given, or one that it is sent with each time until it is answered. */
  name(actor: string, event: EventToSend): NamedEvent {
    const words = JSON.stringify([actor, event]);
    const before = this.#ids.get(words);
    const id = before ?? event.id ?? newUuid();
    this.#ids.set(words, id);
    const [oldest] = this.#ids.keys();
    if (this.#ids.size > MOST && oldest !== undefined) this.#ids.delete(oldest);
    return { event: { ...event, id }, isAgain: before !== undefined, words };
  }

  /** The log has it: sent again, it is meant to be another. */
  answered({ words }: NamedEvent): void {
    this.#ids.delete(words);
  }

  /** The log has not taken it this time; it may have it from the time before. */
  refused(named: NamedEvent): void {
    if (!named.isAgain) this.answered(named);
  }

  /** Of everybody. */
  forget(): void {
    this.#ids.clear();
  }
}
