// While somebody looks at the state as it is in the log, nothing is decided; what came meanwhile is decided after.
import type { Input } from "../workflow/decide.ts";

export class Standstill {
  #count = 0;
  #held: Input[] = [];

  get isOn(): boolean {
    return this.#count > 0;
  }

  hold(input: Input): void {
    this.#held.push(input);
  }

  /** `goOn` gets what was held when the last one who looks is through. */
  async during<T>(look: () => Promise<T>, goOn: (held: readonly Input[]) => void): Promise<T> {
    this.#count += 1;
    try {
      return await look();
    } finally {
      this.#count -= 1;
      if (this.#count === 0) goOn(this.#held.splice(0));
    }
  }
}
