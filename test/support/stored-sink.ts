// A sink as the port wants it, whose database is in memory: what is stored, and how far, changes together.
import type { LastRecord, Sink, SinkBatch, SinkPosition, SinkWritten } from "../../engine/worker/sink/sink.ts";

/** What several members of a group write to. */
export class StoredRecords {
  readonly positions = new Map<number, number>();
  readonly last = new Map<number, LastRecord>();
  /** By partition: the offsets of what is stored, in the order in which that happened. */
  readonly offsets = new Map<number, number[]>();

  sink({ before, after }: { before?: (batch: SinkBatch) => Promise<void> | void; after?: () => Promise<void> | void } = {}): Sink {
    return {
      description: "stored records",
      positions: () => new Map([...this.positions].map(([partition, next]) => [partition, this.#positionOf(partition, next)])),
      write: async (batch) => {
        await before?.(batch);
        const written = this.#transaction(batch);
        await after?.();
        return written;
      },
    };
  }

  #positionOf(partition: number, next: number): number | SinkPosition {
    const last = this.last.get(partition);
    return last === undefined ? next : { next, last };
  }

  #transaction({ partition, from, records, next, last }: SinkBatch): SinkWritten {
    if ((this.positions.get(partition) ?? from) !== from) return "moved";
    const stored = this.offsets.get(partition) ?? [];
    stored.push(...records.map(({ offset }) => offset));
    this.offsets.set(partition, stored);
    this.positions.set(partition, next);
    this.last.set(partition, last);
    return "stored";
  }
}
