// Consumers of the app: how far each version is, and its lag over time.
import { Time, z } from "./words.ts";

export const ConsumerPartition = z.object({
  partition: z.int(),
  mode: z.string(),
  positions: z.array(z.object({ topic: z.string(), partition: z.int(), offset: z.int(), lag: z.int() })),
  /** Events that are to be handled. */
  owed: z.int(),
  paused: z.boolean(),
});

export const ConsumerQuery = z.strictObject({
  /** Ask the owners of its partitions, too, for what they alone know. Each answer is an entry in a journal. */
  owners: z.enum(["true", "false"]).default("false"),
});

export const ShownConsumer = z
  .object({
    id: z.string(),
    version: z.int(),
    /** How many workers run this version now, by the word of the log, some seconds old; null where it does not say. */
    workers: z.int().nullable(),
    /** What its owners say, of a minute ago at most. Null: they were not asked (`owners=true`), or did not answer. */
    partitions: z.array(ConsumerPartition).nullable(),
    /** When they were asked. Null: they were not. */
    askedAt: Time.nullable(),
    lag: z.int().nullable(),
    paused: z.boolean(),
    deadLetters: z.int(),
    /** Lag as this server saw it, oldest first; at most the last hour, a point every ten seconds. */
    history: z.array(z.object({ at: Time, lag: z.int() })),
  })
  .openapi("Consumer");
export type ShownConsumer = z.infer<typeof ShownConsumer>;
export const ConsumerList = z.object({ items: z.array(ShownConsumer) }).openapi("ConsumerList");
