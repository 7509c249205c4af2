// An AbortSignal that costs nothing until somebody asks for it: most steps never do.

export class Abortable {
  #controller: AbortController | null = null;
  #reason: (() => Error) | null = null;

  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.#reason !== null) this.#controller.abort(this.#reason());
    }
    return this.#controller.signal;
  }

  abort(reason: () => Error): void {
    if (this.#reason !== null) return;
    this.#reason = reason;
    this.#controller?.abort(reason());
  }
}
