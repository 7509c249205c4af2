// What is needed of a driver of Postgres: a connection, by shape. `pg`'s Client is one, and so is a client of its Pool for inserting.
export interface Queries {
  query(text: string, values?: readonly unknown[]): Promise<{ readonly rows: readonly Readonly<Record<string, unknown>>[] }>;
}

/** A connection of its own, which is not shared: it holds a lock and listens. */
export interface Connection extends Queries {
  end(): Promise<void>;
  on(event: "notification" | "end", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}
