// Tells when files are not what was loaded of them any more. Folders are watched rather than files, since editors write a new file and give it
// the old one's name; and what no watching tells, as on shared folders of containers, a look now and then does.
import { watch, type FSWatcher } from "node:fs";
import { stat } from "node:fs/promises";
import path from "node:path";
import { hashOf } from "./loaded-files.ts";
import type { LoadedFile } from "./messages.ts";

/** Several files are often written together. */
const QUIET_MS = 80;
/** A file that is gone for longer was deleted; until then somebody is writing it. */
const MAY_BE_GONE_MS = 500;
const LOOK_MS = 1_000;

export class Changes implements Disposable {
  readonly #loaded = new Map<string, string | null>();
  readonly #folders = new Map<string, FSWatcher | null>();
  /** Time of change and size, to be looked at now and then. */
  readonly #marks = new Map<string, string>();
  readonly #look: NodeJS.Timeout;
  #timer: NodeJS.Timeout | null = null;
  #waiting: ((changed: readonly string[]) => void)[] = [];

  constructor() {
    this.#look = setInterval(() => void this.#lookAtAll(), LOOK_MS);
  }

  /** Forgets all: another process loads anew. */
  clear(): void {
    this.#loaded.clear();
    this.#marks.clear();
  }

  add({ file, hash }: LoadedFile): void {
    this.#loaded.set(file, hash);
    this.#watch(path.dirname(file));
    // It may have changed between being loaded and being watched.
    this.#soon();
  }

  /** Resolves with the files that are others now, once nothing has been written for a moment. */
  next(): Promise<readonly string[]> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  [Symbol.dispose](): void {
    clearInterval(this.#look);
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const watcher of this.#folders.values()) watcher?.close();
    this.#folders.clear();
    this.#waiting = [];
  }

  #watch(folder: string): void {
    if (this.#folders.has(folder)) return;
    try {
      const watcher = watch(folder, { persistent: false }, (_, name) => {
        if (name === null || this.#loaded.has(path.join(folder, name))) this.#soon();
      });
      // The folder is gone, or watching it is not possible here: looking now and then has to do.
      watcher.on("error", () => this.#unwatch(folder));
      this.#folders.set(folder, watcher);
    } catch {
      this.#folders.set(folder, null);
    }
  }

  #unwatch(folder: string): void {
    this.#folders.get(folder)?.close();
    this.#folders.set(folder, null);
    this.#soon();
  }

  #soon(waitedMs = 0): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#compare(waitedMs), QUIET_MS);
  }

  #compare(waitedMs: number): void {
    this.#timer = null;
    const changed: string[] = [];
    let isBeingWritten = false;
    for (const [file, hash] of this.#loaded) {
      const now = hashOf(file);
      if (now === hash) continue;
      changed.push(file);
      if (now === null) isBeingWritten = true;
    }
    if (changed.length === 0) return;
    if (isBeingWritten && waitedMs < MAY_BE_GONE_MS) return this.#soon(waitedMs + QUIET_MS);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve(changed);
  }

  async #lookAtAll(): Promise<void> {
    for (const file of this.#loaded.keys()) {
      const mark = await stat(file).then(
        ({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`,
        () => "gone",
      );
      const before = this.#marks.get(file);
      this.#marks.set(file, mark);
      if (before !== undefined && before !== mark) this.#soon();
    }
  }
}
