// How much of a run is shown at once: a run may have thousands of outputs of a megabyte each, and asking for it must end no process.

export class Room {
  #left: number;
  #isCut = false;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** Something was left out. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** What fits takes its place; what does not is left out, and something smaller may fit yet. */
  has(bytes: number): boolean {
    if (bytes > this.#left) {
      this.#isCut = true;
      return false;
    }
    this.#left -= bytes;
    return true;
  }

  leaveOut(): void {
    this.#isCut = true;
  }
}
