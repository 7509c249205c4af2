// What the adapter has to tell people: trouble it is living through, choices it made. Never a raw line of kafkajs.

export interface Notice {
  readonly level: "debug" | "info" | "warn" | "error";
  /** Stable, like an error's code. */
  readonly code: string;
  readonly message: string;
  readonly cause?: unknown;
}

export type OnNotice = (notice: Notice) => void;

const REPEAT_AFTER_MS = 10_000;
const REMEMBERED = 200;

/** Passes notices on; one that repeats itself is told once in ten seconds. */
export class NoticeBoard {
  readonly #tell: OnNotice;
  readonly #toldAt = new Map<string, number>();

  constructor(tell: OnNotice = () => {}) {
    this.#tell = tell;
  }

  post(notice: Notice): void {
    const subject = `${notice.code} ${notice.message}`;
    const now = performance.now();
    if (now - (this.#toldAt.get(subject) ?? -Infinity) < REPEAT_AFTER_MS) return;
    if (this.#toldAt.size >= REMEMBERED) this.#toldAt.clear();
    this.#toldAt.set(subject, now);
    this.#tell(notice);
  }
}
