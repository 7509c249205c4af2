// The keys of an app's subjects, as the keys topic has them: read whole, then followed. One for each process and app.
//
//   send(subject) ──▶ its key, made and appended where there is none ──▶ sealed text ──▶ … ──▶ opened, wherever the ring has the key
//   erase(subject) ──▶ a mark in the place of each of its keys ──▶ every ring that follows lets go of them; compaction removes the bytes
import { setTimeout as pause } from "node:timers/promises";
import { orAborted } from "../core/or-aborted.ts";
import { keyOfSealed, readSealed, sealedText, subjectOfKey, type Opened, type Sealing } from "../core/sealing.ts";
import type { Log, StoredRecord } from "../log/log.ts";
import { FollowedTopic } from "../log/followed-topic.ts";
import type { Logger } from "../observability/logger.ts";
import { seal, unseal, type SubjectKey } from "./cipher.ts";
import { erasedRecord, keyRecord, newKey, readKeyRecord, subjectHash } from "./key-record.ts";

export interface KeyRingOptions {
  readonly log: Log;
  /** One partition, compacted. */
  readonly topic: string;
  /** The app's id. */
  readonly app: string;
  readonly logger: Logger;
}

const REOPEN_MS = 500;
/** Anybody may write what looks like a sealed text. */
const MAX_UNHEARD = 10_000;

export class KeyRing implements Sealing {
  readonly #options: KeyRingOptions;
  readonly #followed: FollowedTopic;
  /** By name; null: erased. */
  readonly #keys = new Map<string, SubjectKey | null>();
  /** By a subject's hash: the key that seals, the first that is known and not erased. */
  readonly #sealing = new Map<string, SubjectKey>();
  /** Keys that are being made, by a subject's hash. */
  readonly #making = new Map<string, Promise<SubjectKey>>();
  /** Keys that are asked for and looked for, by name. */
  readonly #seeking = new Map<string, Promise<void>>();
  /** Names of keys that nobody ever made. */
  readonly #unheard = new Set<string>();
  readonly #abort = new AbortController();
  #newestAt = 0;
  #erasedAt: number | null = null;
  #asking: Promise<number> | null = null;

  private constructor(options: KeyRingOptions) {
    const { log, topic } = options;
    this.#options = options;
    this.#followed = new FollowedTopic({
      log,
      topic,
      signal: this.#abort.signal,
      take: (record) => this.#take(record),
      trouble: (error) => this.#tellUnreadable(error),
    });
  }

  /** Resolves when all that is in the topic now is known. @throws LogError */
  static async open(options: KeyRingOptions): Promise<KeyRing> {
    const ring = new KeyRing(options);
    await ring.#followed.open();
    return ring;
  }

  /** How many subjects have a key. */
  get subjects(): number {
    return this.#sealing.size;
  }

  /** When its topic was last written to, by the log's clock; 0: never. */
  get newestAt(): number {
    return this.#newestAt;
  }

  /** When something was last erased; null: never, or so long ago that nothing tells any more. */
  get erasedAt(): number | null {
    return this.#erasedAt;
  }

  open(text: string): Opened {
    const sealed = readSealed(text);
    if (sealed === null) return { kind: "open", text };
    const key = this.#keys.get(sealed.key);
    if (key === undefined && !this.#unheard.has(sealed.key)) return { kind: "unknown", known: this.#sought(sealed.key) };
    const plain = key === null || key === undefined || sealed.data === "" ? null : unseal(key, text);
    return plain === null ? { kind: "erased" } : { kind: "open", text: plain };
  }

  isErased(text: string): boolean {
    const key = keyOfSealed(text);
    return key !== null && this.#keys.get(key) === null;
  }

  sealLike(model: string, text: string): string {
    const name = keyOfSealed(model);
    if (name === null || readSealed(text) !== null) return text;
    const key = this.#keys.get(name) ?? null;
    return key === null ? sealedText({ key: name, data: "" }) : seal(key, text);
  }

  /** Seals for a subject. A key that is made for it is in the log when this resolves. @throws LogError */
  async seal(subject: string, text: string): Promise<string> {
    const hash = subjectHash(this.#options.app, subject);
    const key = this.#sealing.get(hash) ?? (await this.#make(hash));
    return seal(key, text);
  }

  /**
   * Erases all that is under keys of a subject. Resolves when the log has it, with how many keys there were: 0 where nothing ever was. What is
   * sent for the subject later is under a key of its own. @throws LogError
   */
  async erase(subject: string): Promise<number> {
    const hash = subjectHash(this.#options.app, subject);
    // Others may have made a key just now.
    await this.#followed.caughtUp();
    const names = [...this.#keys].flatMap(([name, key]) => (subjectOfKey(name) === hash && key !== null ? [name] : []));
    if (names.length > 0) {
      const { baseOffset } = await this.#options.log.append(
        this.#followed.target,
        names.map((name) => erasedRecord(name)),
      );
      await this.#followed.reached(baseOffset + names.length);
    }
    return names.length;
  }

  /** Resolves when all is known that was in the topic when this was called; tried until it can be read. @throws the signal's reason */
  async caughtUp(signal: AbortSignal): Promise<void> {
    await orAborted(
      this.#end().then((end) => this.#followed.reached(end)),
      signal,
    );
  }

  /** Stops following. What is asked for from then on is never known. */
  async close(): Promise<void> {
    this.#abort.abort();
    await this.#followed.over();
    for (const key of this.#keys.values()) key?.bytes.fill(0);
    this.#keys.clear();
    this.#sealing.clear();
  }

  async #make(hash: string): Promise<SubjectKey> {
    const making = this.#making.get(hash) ?? this.#made(hash);
    this.#making.set(hash, making);
    try {
      return await making;
    } finally {
      this.#making.delete(hash);
    }
  }

  /** Two processes may make one each for a subject: both are good for opening, and the subject's erasure takes both. */
  async #made(hash: string): Promise<SubjectKey> {
    const key = newKey(hash);
    const { baseOffset } = await this.#options.log.append(this.#followed.target, [keyRecord(key)]);
    await this.#followed.reached(baseOffset + 1);
    // Erased in the same moment: what is sealed by it is lost at once, as it should be.
    return this.#sealing.get(hash) ?? key;
  }

  #sought(name: string): Promise<void> {
    const sought = this.#seeking.get(name) ?? this.#seek(name).finally(() => this.#seeking.delete(name));
    this.#seeking.set(name, sought);
    return sought;
  }

  /** Whoever sealed with a key had it in the log before: what is not there by now was never there, or its erasure was compacted away. */
  async #seek(name: string): Promise<void> {
    await this.#followed.reached(await this.#endFrom());
    // Neither known nor erased: nobody is told anything.
    if (this.#abort.signal.aborted) return new Promise<never>(() => {});
    if (this.#keys.has(name)) return;
    const [oldest] = this.#unheard;
    if (this.#unheard.size >= MAX_UNHEARD && oldest !== undefined) this.#unheard.delete(oldest);
    this.#unheard.add(name);
  }

  /** Where the topic ends, asked after this was called: once for all who want to know in the same moment, since one event may have many names. */
  #endFrom(): Promise<number> {
    this.#asking ??= Promise.resolve().then(() => {
      this.#asking = null;
      return this.#end();
    });
    return this.#asking;
  }

  /** Where the topic ends now; asked until somebody answers. */
  async #end(): Promise<number> {
    const { signal } = this.#abort;
    for (;;) {
      try {
        return await this.#options.log.latestOffset(this.#followed.target);
      } catch (error) {
        if (signal.aborted) return 0;
        this.#tellUnreadable(error);
        await pause(REOPEN_MS, undefined, { signal }).catch(() => {});
      }
    }
  }

  #tellUnreadable(error: unknown): void {
    const { logger, topic } = this.#options;
    logger.warn(
      { err: error, code: "KEYS_UNREADABLE", topic },
      "keys of subjects cannot be read; what is new waits, and it is tried again",
    );
  }

  #take(record: StoredRecord): void {
    this.#newestAt = Math.max(this.#newestAt, record.timestamp);
    const read = readKeyRecord(record);
    if (read === null) return;
    const { name, bytes } = read;
    if (bytes === null) this.#erasedAt = Math.max(this.#erasedAt ?? 0, record.timestamp);
    const hash = subjectOfKey(name);
    const before = this.#keys.get(name);
    // What is erased stays it, whoever writes what.
    if (before === null) return;
    this.#unheard.delete(name);
    if (bytes === null) {
      before?.bytes.fill(0);
      this.#keys.set(name, null);
      if (this.#sealing.get(hash)?.name === name) this.#sealing.delete(hash);
      return;
    }
    const key = before ?? { name, bytes };
    this.#keys.set(name, key);
    if (!this.#sealing.has(hash)) this.#sealing.set(hash, key);
  }
}
