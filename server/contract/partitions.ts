// Partitions: who owns each, how far it is, and whether its state is what the log says.
import { Time, z } from "./words.ts";

export const ShownPartition = z
  .object({
    partition: z.int(),
    /** Who claimed it last: a worker's name. Null: nobody ever. */
    owner: z.string().nullable(),
    /** Whether that worker is running now, by the word of the log, some seconds old. Null: there is no owner, or the log does not say. */
    ownerAlive: z.boolean().nullable(),
    epoch: z.int().nullable(),
    lsn: z.int(),
    /** Of its last frame. */
    at: Time.nullable(),
    journal: z.object({ topic: z.string(), position: z.int(), end: z.int() }),
    /** It is owned by a worker in this process; only then the rest is known. */
    local: z
      .object({
        status: z.string(),
        problems: z.array(z.string()),
        openRuns: z.int(),
        executingSteps: z.int(),
        queued: z.int(),
        /** While it is restored: entries of the journal that are read, and how many there are. */
        restore: z.object({ done: z.int(), total: z.int() }).nullable(),
      })
      .nullable(),
    /** As last told by its owner. */
    digest: z.object({ lsn: z.int(), digest: z.string(), at: Time }).nullable(),
    /** What came of verifying it here last: its state rebuilt from the first entry of its journal. */
    verified: z
      .object({
        at: Time,
        lsn: z.int(),
        digest: z.string(),
        /** Whether its owner has the same; null: none answered. */
        isEqual: z.boolean().nullable(),
        /** What is wrong, for people. */
        problem: z.string().nullable(),
      })
      .nullable(),
  })
  .openapi("Partition");
export type ShownPartition = z.infer<typeof ShownPartition>;
export const PartitionList = z.object({ items: z.array(ShownPartition) }).openapi("PartitionList");
