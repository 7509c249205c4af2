// Whether the owner of a partition has room for another run of a function in its process. That is no part of the state: deciders ask, folding
// never does, and what they decide by it stands in a record (R2).

export interface StartRoom {
  /** How many more runs of a function may start now. */
  roomFor(functionId: string): number;
  /** Somebody waits under this need for runs of a function to be allowed: whoever says how many `freed`s it then. */
  awaited(functionId: string, need: string): void;
}

/** What has no process, has room. */
export const BOUNDLESS: StartRoom = {
  roomFor: () => Number.POSITIVE_INFINITY,
  awaited: () => {},
};
