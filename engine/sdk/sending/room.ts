// How much may wait to be sent. Who finds no room waits for it, in the order of the calls.

export interface Applicant {
  readonly bytes: number;
  /** Called once, when the room is theirs. */
  readonly admit: () => void;
}

export class Room {
  readonly #maxBytes: number;
  readonly #waiting = new Set<Applicant>();
  #taken = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Admits at once, or when there is room and all who came before are in. */
  enter(applicant: Applicant): void {
    if (this.#waiting.size > 0 || !this.#hasRoomFor(applicant)) {
      this.#waiting.add(applicant);
      return;
    }
    this.#taken += applicant.bytes;
    applicant.admit();
  }

  /** Gives up waiting. False: it was admitted before. */
  leave(applicant: Applicant): boolean {
    const hasWaited = this.#waiting.delete(applicant);
    if (hasWaited) this.#admitMore();
    return hasWaited;
  }

  giveBack(bytes: number): void {
    this.#taken -= bytes;
    if (this.#waiting.size > 0) this.#admitMore();
  }

  #admitMore(): void {
    for (const applicant of this.#waiting) {
      if (!this.#hasRoomFor(applicant)) return;
      this.#waiting.delete(applicant);
      this.#taken += applicant.bytes;
      applicant.admit();
    }
  }

  /** What is larger than all of it goes when nothing else does. */
  #hasRoomFor({ bytes }: Applicant): boolean {
    return this.#taken === 0 || this.#taken + bytes <= this.#maxBytes;
  }
}
