// A registry that can be out of reach for a while, and knows some schemas only later.
import { openEmbeddedLog } from "../../../engine/log/embedded/embedded-log.ts";
import type { Log } from "../../../engine/log/log.ts";
import type { Compatibility } from "../../../engine/schemas/avro/compatibility.ts";
import type { EventSchema } from "../../../engine/schemas/avro/event-schema.ts";
import type { SchemaRegistry } from "../../../engine/schemas/registry/registry.ts";
import { openTopicRegistry } from "../../../engine/schemas/registry/topic-registry.ts";
import { SchemaError } from "../../../engine/schemas/schema-error.ts";

/** One that is kept in a log in memory. */
export class MoodyRegistry implements SchemaRegistry {
  isDown = false;
  /** Ids that it was asked for. */
  readonly asked: number[] = [];
  readonly #hidden = new Set<number>();
  readonly #log: Log;
  readonly #registry: SchemaRegistry;

  private constructor(log: Log, registry: SchemaRegistry) {
    this.#log = log;
    this.#registry = registry;
  }

  static async open(): Promise<MoodyRegistry> {
    const log = await openEmbeddedLog({ path: ":memory:" });
    await log.createTopics([{ topic: "schemas", partitions: 1, settings: {} }]);
    return new MoodyRegistry(log, await openTopicRegistry({ log, topic: "schemas" }));
  }

  /** As if it was not registered yet. */
  hide(id: number): void {
    this.#hidden.add(id);
  }

  show(id: number): void {
    this.#hidden.delete(id);
  }

  get description(): string {
    return "a registry of moods";
  }

  async register(subject: string, schema: EventSchema): Promise<number> {
    this.#checkUp();
    return this.#registry.register(subject, schema);
  }

  async schemaOf(id: number): Promise<string | null> {
    this.asked.push(id);
    this.#checkUp();
    return this.#hidden.has(id) ? null : this.#registry.schemaOf(id);
  }

  async versionsOf(subject: string): Promise<readonly string[]> {
    this.#checkUp();
    return this.#registry.versionsOf(subject);
  }

  async compatibilityOf(subject: string): Promise<Compatibility> {
    this.#checkUp();
    return this.#registry.compatibilityOf(subject);
  }

  /** Belongs to the test, not to the app that is given it. */
  async close(): Promise<void> {}

  async end(): Promise<void> {
    await this.#registry.close();
    await this.#log.close();
  }

  #checkUp(): void {
    if (this.isDown) throw new SchemaError("REGISTRY_UNAVAILABLE", "the registry is out of reach");
  }
}
