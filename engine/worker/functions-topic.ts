// The functions topic as this worker knows it: every manifest, and which partition decides by which. Read whole, then followed.
import { setTimeout as pause } from "node:timers/promises";
import { decodeFunctionsEntry, encodeActivation, encodeManifest } from "../journal/functions.ts";
import type { Log, PartitionReader, StoredRecord } from "../log/log.ts";
import type { PartitionActivated } from "../../schemas/journal/generated.ts";
import type { SeenManifest } from "../task/task.ts";

const REOPEN_MS = 1_000;

export class FunctionsTopic {
  readonly #log: Log;
  readonly #target: { readonly topic: string; readonly partition: 0 };
  readonly #signal: AbortSignal;
  readonly #byHash = new Map<string, SeenManifest>();
  readonly #activations = new Map<number, PartitionActivated>();
  readonly #listeners = new Set<() => void>();
  #active: SeenManifest | null = null;

  constructor(log: Log, topic: string, signal: AbortSignal) {
    this.#log = log;
    this.#target = { topic, partition: 0 };
    this.#signal = signal;
  }

  /** The manifest with the highest offset: the one that decides. */
  get active(): SeenManifest | null {
    return this.#active;
  }

  has(hash: string): boolean {
    return this.#byHash.has(hash);
  }

  activatedVersion(partition: number): number {
    return this.#activations.get(partition)?.version ?? -1;
  }

  /** Number of the frame in which the partition took up its functions, 0 before it ever did. */
  activatedLsn(partition: number): number {
    return this.#activations.get(partition)?.lsn ?? 0;
  }

  /** Calls back whenever something new was read. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Reads to the end, then goes on in the background. `onLost` hears of what interrupts that; it is begun again. */
  async open(onLost: (error: unknown) => void): Promise<void> {
    const reader = await this.#reader();
    for (;;) {
      const batch = await reader.next();
      for (const record of batch.records) this.#see(record);
      if (batch.nextOffset >= batch.highWatermark) break;
    }
    void this.#follow(reader, onLost);
  }

  async #follow(first: PartitionReader, onLost: (error: unknown) => void): Promise<void> {
    let reader: PartitionReader | null = first;
    while (!this.#signal.aborted) {
      try {
        reader ??= await this.#reader();
        const batch = await reader.next();
        for (const record of batch.records) this.#see(record);
        if (batch.records.length > 0) for (const listener of this.#listeners) listener();
      } catch (error) {
        if (this.#signal.aborted) return;
        onLost(error);
        reader?.close();
        reader = null;
        await pause(REOPEN_MS, undefined, { ref: false });
      }
    }
  }

  async #reader(): Promise<PartitionReader> {
    const from = await this.#log.earliestOffset(this.#target);
    const reader = this.#log.openReader({ ...this.#target, from });
    this.#signal.addEventListener("abort", () => reader.close());
    return reader;
  }

  /** Returns the manifest's version. */
  async publish(manifest: { readonly hash: string; readonly content: string; readonly worker: string }): Promise<number> {
    const { key, value } = encodeManifest(manifest);
    const { baseOffset } = await this.#log.append(this.#target, [{ key, value }], { signal: this.#signal });
    return baseOffset;
  }

  async acknowledge(activation: PartitionActivated): Promise<void> {
    const { key, value } = encodeActivation(activation);
    await this.#log.append(this.#target, [{ key, value }], { signal: this.#signal });
  }

  #see(record: StoredRecord): void {
    const entry = decodeFunctionsEntry(record.value);
    if (entry?.kind === "manifest") {
      const { hash, content } = entry.manifest;
      const seen = { version: record.offset, hash, content };
      this.#byHash.set(hash, seen);
      if (this.#active === null || seen.version > this.#active.version) this.#active = seen;
    } else if (entry?.kind === "activation") {
      this.#activations.set(entry.activation.partition, entry.activation);
    }
  }
}
