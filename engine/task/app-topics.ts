// The topics of one app, by name.

export interface AppTopics {
  readonly events: string;
  readonly journal: string;
  readonly inbox: string;
  readonly state: string;
  readonly functions: string;
  readonly schemas: string;
  readonly deadLetter: string;
  /** Of subjects; there where the app seals data. */
  readonly keys: string;
}

/** `prefix` is the app's id, behind a prefix of its own where the user gave one. */
export function appTopics(prefix: string): AppTopics {
  return {
    events: `${prefix}.events`,
    journal: `${prefix}.journal`,
    inbox: `${prefix}.inbox`,
    state: `${prefix}.state`,
    functions: `${prefix}.functions`,
    schemas: `${prefix}.schemas`,
    deadLetter: `${prefix}.dead-letter`,
    keys: `${prefix}.keys`,
  };
}

/** The consumer group of an app's workers. */
export function groupOf({ journal }: AppTopics): string {
  return journal.replace(/\.journal$/, "");
}
