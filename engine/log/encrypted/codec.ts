/**
 * PORT Codec: what turns bytes into others that tell nothing, and back. It is asked on the path of every record, so it answers at once: keys
 * that have to be fetched, such as from a key service, are fetched by `open`, before the first record.
 *
 * What a codec owes its caller:
 * - **Random where it can be.** `encrypt` gives other bytes each time it is called.
 * - **The same where it must be.** `hide` gives the same bytes for the same name, for ever and in every process: Kafka compacts by them.
 * - **Bound.** What was encrypted or hidden with one `bound` does not come back with another; nor does what was altered. It is thrown instead,
 *   whatever the error: the caller says which record it was.
 */
export interface Codec {
  /** Id of the key that `encrypt` uses: 1 to 64 letters, digits, dots, dashes and underscores. It stands, readable, before what was encrypted. */
  readonly current: string;
  /** Id of the key of `hide`, which is never rotated. */
  readonly names: string;
  /** Gets ready what the others need. Called before them, once for each connection to a log. */
  open?(): Promise<void>;
  /** Whether there is a key of this id. */
  knows(key: string): boolean;
  encrypt(plain: Buffer, bound: Buffer): Buffer;
  /** `key`: the id that was `current` then. */
  decrypt(sealed: Buffer, bound: Buffer, key: string): Buffer;
  /** Of a record's key. */
  hide(name: Buffer, bound: Buffer): Buffer;
  show(hidden: Buffer, bound: Buffer): Buffer;
}
