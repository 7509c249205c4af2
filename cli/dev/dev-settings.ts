// What `millrace dev` is told, as far as the process that runs the app needs it.

export interface DevSettings {
  /** Null: beside the embedded log. */
  readonly history: string | null;
}
