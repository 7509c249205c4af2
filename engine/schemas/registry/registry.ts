import type { Compatibility } from "../avro/compatibility.ts";
import type { EventSchema } from "../avro/event-schema.ts";

/**
 * PORT SchemaRegistry: who knows which number stands for which schema, and which change of a subject's schema is allowed.
 *
 * What an adapter owes its caller:
 * - **Ids are for good.** An id that was once answered means the same schema for ever.
 * - **Asking twice is cheap.** Schemas never change, so what is known is answered from memory; who asks for the same unknown id at the same
 *   time causes one question.
 * - **Trouble is not an answer.** `null` says that the place was asked and does not know the id. A place that cannot be asked is
 *   `REGISTRY_UNAVAILABLE`, which is retriable.
 * Schemas are Avro in their normal text (`EventSchema.text`).
 */
export interface SchemaRegistry {
  /** Human-readable place for messages to people, e.g. `topic restaurant.schemas` or `http://registry:8081`. */
  readonly description: string;
  /**
   * Registers where new, and answers the schema's id. Refuses one that breaks others, by the mode in force for the subject. Idempotent.
   * @throws SchemaError SCHEMA_INCOMPATIBLE, REGISTRY_UNAVAILABLE (retriable)
   */
  register(subject: string, schema: EventSchema): Promise<number>;
  /** Null where nobody knows the id. @throws SchemaError REGISTRY_UNAVAILABLE (retriable) */
  schemaOf(id: number): Promise<string | null>;
  /** Oldest first; empty for a subject that nobody knows. @throws SchemaError REGISTRY_UNAVAILABLE (retriable) */
  versionsOf(subject: string): Promise<readonly string[]>;
  /** The mode by which `register` refuses. @throws SchemaError REGISTRY_UNAVAILABLE (retriable) */
  compatibilityOf(subject: string): Promise<Compatibility>;
  /** Lets go of readers and sockets. Idempotent. */
  close(): Promise<void>;
}
