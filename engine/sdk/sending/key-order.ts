// Some calls cannot go on at once: something has to be asked for first. Later calls with one of their keys wait behind them; all others pass.

export class KeyOrder {
  /** By key: the last call that waits, settled when it has gone on. */
  readonly #last = new Map<string, Promise<void>>();

  /** Calls `go` once `ready`, which never rejects, is resolved and all earlier calls with one of these keys have gone. At once where there is nothing to wait for. */
  pass(keys: () => Iterable<string>, ready: Promise<unknown> | null, go: () => void): void {
    if (ready === null && this.#last.size === 0) return go();
    const own = new Set(keys());
    const before = [...own].flatMap((key) => this.#last.get(key) ?? []);
    if (ready === null && before.length === 0) return go();
    const gone = Promise.all([ready, ...before]).then(() => {
      for (const key of own) if (this.#last.get(key) === gone) this.#last.delete(key);
      go();
    });
    for (const key of own) this.#last.set(key, gone);
  }
}
