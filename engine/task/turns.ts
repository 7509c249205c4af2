// Who has much to read lets others have a turn of the event loop now and then: the steps that execute, above all.

/** So many are decided, by each reader, before others have a turn: with all of a process's partitions, some milliseconds. */
const RECORDS_A_TURN = 16;

export class Turns {
  #taken = 0;

  /** So many were decided. Null: go on; else in another turn. */
  next(records = 1): Promise<void> | null {
    this.#taken += records;
    if (this.#taken < RECORDS_A_TURN) return null;
    this.#taken = 0;
    return new Promise((resolve) => setImmediate(resolve));
  }
}
