// What an app has of schemas: those that it declares, those by which what it reads was written, and the registry of both.
import type { Clock } from "../core/clock.ts";
import type { Logger } from "../observability/logger.ts";
import type { SchemaRegistry } from "../schemas/registry/registry.ts";
import { WrittenData } from "../schemas/written-data.ts";
import type { SourceMapping } from "../sources/mapping.ts";
import { SourceReading } from "../sources/reading.ts";
import type { AppParts } from "./app-parts.ts";
import { EventSchemas, type LooseDeclarations } from "./event-schemas.ts";

export interface AppSchemasOptions {
  readonly declarations: LooseDeclarations;
  /** By foreign topic. */
  readonly mappings: ReadonlyMap<string, SourceMapping>;
  /** Of the app's own events. */
  readonly topic: string;
  readonly maxEventBytes: number;
  /** Called once, when a schema is looked up or registered for the first time; again after it failed. */
  readonly openRegistry: () => Promise<SchemaRegistry>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

export class AppSchemas {
  /** Of what is sent. */
  readonly declared: EventSchemas;
  /** Of what is read. */
  readonly reading: SourceReading;
  readonly #openRegistry: () => Promise<SchemaRegistry>;
  readonly #names: ReadonlySet<string>;
  #registry: Promise<SchemaRegistry> | null = null;

  /** @throws ConfigurationError `INVALID_OPTIONS`; SchemaError `SCHEMA_INVALID` */
  constructor({ declarations, mappings, topic, maxEventBytes, openRegistry, clock, logger, signal }: AppSchemasOptions) {
    this.#openRegistry = openRegistry;
    this.#names = new Set(Object.keys(declarations));
    const registry = (): Promise<SchemaRegistry> => this.registry();
    this.declared = new EventSchemas({ declarations, topic, maxEventBytes, registry, clock, logger, signal });
    this.reading = new SourceReading({
      written: new WrittenData({ registry, clock, signal }),
      mappings,
      schemaOf: (event) => this.declared.avroOf(event)?.text ?? null,
    });
  }

  /** Of the app's parts, what its schemas say. */
  get parts(): Pick<AppParts, "declaredEvents" | "avroOf" | "writtenAvroOf" | "dataOf"> {
    const { declared } = this;
    return {
      declaredEvents: this.#names,
      avroOf: (event) => declared.avroOf(event)?.text ?? null,
      writtenAvroOf: (event) => declared.writtenAvroOf(event),
      dataOf: declared.dataOf,
    };
  }

  registry(): Promise<SchemaRegistry> {
    this.#registry ??= this.#openRegistry().catch((error: unknown) => {
      this.#registry = null;
      throw error;
    });
    return this.#registry;
  }

  async close(): Promise<void> {
    const registry = await this.#registry?.catch(() => null);
    await registry?.close();
  }
}
