// What the entries of a journal change, told to who listens: runs by their ids, the rest by its kind. Told in beats, so that a busy app's
// listeners hear of it a few times a second, and not a thousand times.
import { decodeEntry } from "../engine/journal/entry.ts";
import type { StoredRecord } from "../engine/log/log.ts";
import type { Clock } from "../engine/core/clock.ts";
import type { JournalRecord } from "../engine/workflow/records.ts";
import type { LiveMessage } from "./contract/live.ts";
import type { LiveHub } from "./served-app.ts";

const BEAT_MS = 200;
/** Of runs that are told by id in one beat. */
const MAX_IDS = 200;
/** Of entries that are looked at: where more come at once, who listens asks for everything anyway. */
const MAX_ENTRIES = 500;

type Kind = Exclude<LiveMessage["type"], "runs" | "operation" | "reloaded">;

export class JournalChanges {
  readonly #live: LiveHub;
  readonly #clock: Clock;
  readonly #runs = new Set<string>();
  readonly #kinds = new Set<Kind>();
  #areMany = false;
  #forget: (() => void) | null = null;

  constructor(live: LiveHub, clock: Clock) {
    this.#live = live;
    this.#clock = clock;
  }

  /** These entries are in the history now. */
  seen(entries: readonly StoredRecord[]): void {
    if (entries.length > MAX_ENTRIES) this.#any();
    else for (const { value } of entries) this.#entry(value);
    if (this.#areMany || this.#runs.size > 0 || this.#kinds.size > 0) this.#soon();
  }

  /** There are entries in the history that nobody here has seen. */
  missed(): void {
    this.#any();
    this.#soon();
  }

  close(): void {
    this.#forget?.();
  }

  #any(): void {
    this.#areMany = true;
    this.#kinds.add("events").add("partitions").add("functions").add("dead-letters");
  }

  #soon(): void {
    this.#forget ??= this.#clock.setTimer(BEAT_MS, () => this.#tell());
  }

  #entry(value: Buffer | null): void {
    const entry = read(value);
    if (entry?.kind === "claim") this.#kinds.add("partitions");
    if (entry?.kind !== "frame") return;
    for (const record of entry.frame.records) this.#record(record);
  }

  #record(record: JournalRecord): void {
    if ("run" in record && typeof record.run === "string") this.#run(record.run);
    switch (record.type) {
      case "RunsStarted":
        for (const { id } of record.runs) this.#run(id);
        this.#kinds.add("events");
        break;
      case "RunQueued":
      case "EventHeld":
      case "RunSkipped":
        this.#kinds.add("events");
        break;
      case "ManifestActivated":
        this.#kinds.add("functions");
        break;
      case "CellSet":
        if (isPause(record.key)) this.#kinds.add("functions");
        break;
      case "CellsForgotten":
        if (record.keys.some(isPause)) this.#kinds.add("functions");
        break;
      case "RunQuarantined":
      case "RunReleased":
        this.#kinds.add("dead-letters");
        break;
      default:
    }
  }

  #run(id: string): void {
    if (this.#runs.size < MAX_IDS) this.#runs.add(id);
    else this.#areMany ||= !this.#runs.has(id);
  }

  #tell(): void {
    this.#forget = null;
    const ids = this.#areMany ? null : [...this.#runs];
    const kinds = [...this.#kinds];
    this.#runs.clear();
    this.#kinds.clear();
    this.#areMany = false;
    if (ids === null || ids.length > 0) this.#live.tell({ type: "runs", ids });
    for (const type of kinds) this.#live.tell({ type });
  }
}

/** What others count by their limits, a thousand times a second, is nothing that is shown. */
function isPause(key: string): boolean {
  return key.startsWith("pause/");
}

/** What cannot be read is the history's to note. */
function read(value: Buffer | null): ReturnType<typeof decodeEntry> | null {
  try {
    return decodeEntry(value);
  } catch {
    return null;
  }
}
