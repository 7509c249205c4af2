// What one partition owes another, and how far it heard of it (R7).

export interface OutboxState {
  /** Sequence of the next message. */
  next: number;
  /** Not confirmed yet, by sequence. */
  readonly pending: Map<number, Letter>;
}

/** A message on its way, and who decided it: a second one with its number and another creator tells that acknowledged frames were lost. */
export interface Letter {
  readonly body: Buffer;
  readonly epoch: number;
  readonly nonce: number;
}

/** The last message of a sender that was decided. */
export interface SenderState {
  readonly sequence: number;
  readonly epoch: number;
  readonly nonce: number;
}
