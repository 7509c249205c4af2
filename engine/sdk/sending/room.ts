// How much may wait to be sent. Who finds no room waits for it, in the order of the calls.

export class Room<Applicant extends { readonly bytes: number }> {
  readonly #maxBytes: number;
  readonly #admit: (applicant: Applicant) => void;
  readonly #waiting = new Set<Applicant>();
  #taken = 0;

  /** `admit` is called once for each applicant, when the room is theirs. */
  constructor(maxBytes: number, admit: (applicant: Applicant) => void) {
    this.#maxBytes = maxBytes;
    this.#admit = admit;
  }

  /** Admits at once, or when there is room and all who came before are in. */
  enter(applicant: Applicant): void {
    if (this.#waiting.size > 0 || !this.#hasRoomFor(applicant)) {
      this.#waiting.add(applicant);
      return;
    }
    this.#taken += applicant.bytes;
    this.#admit(applicant);
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
      this.#admit(applicant);
    }
  }

  /** What is larger than all of it goes when nothing else does. */
  #hasRoomFor({ bytes }: Applicant): boolean {
    return this.#taken === 0 || this.#taken + bytes <= this.#maxBytes;
  }
}
