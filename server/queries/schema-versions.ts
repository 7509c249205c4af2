// Which version of its subject a schema is by which an event was written: as the app's own topic of schemas has it, with what registries told.
import { openTopicRegistry, type TopicRegistry } from "../../engine/schemas/registry/topic-registry.ts";
import type { ServedApp } from "../served-app.ts";

/** The rest of an event can be shown without. */
const PATIENCE_MS = 2_000;

export class SchemaVersions {
  readonly #served: Pick<ServedApp, "log" | "topics">;
  readonly #ending: AbortSignal;
  #registry: Promise<TopicRegistry | null> | null = null;

  /** Reads nothing before it is asked; lets go of the topic when the server ends. */
  constructor(served: Pick<ServedApp, "log" | "topics">, ending: AbortSignal) {
    this.#served = served;
    this.#ending = ending;
  }

  /** `topic`: where the event is. Null where nobody told, or the log does not. */
  async versionOf(id: number, topic: string): Promise<number | null> {
    try {
      const registry = await (this.#registry ??= this.#open());
      // Also for one that is known by its id alone: what it is a version of may have been told since.
      if (registry === null) return null;
      return found(registry, id, topic) ?? (await registry.refresh(), found(registry, id, topic));
    } catch {
      return null;
    }
  }

  async #open(): Promise<TopicRegistry | null> {
    const { log, topics } = this.#served;
    try {
      if (this.#ending.aborted || (await log.describeTopic(topics.schemas)) === null) {
        this.#registry = null;
        return null;
      }
      const registry = await openTopicRegistry({ log, topic: topics.schemas, timeoutMs: PATIENCE_MS });
      const close = (): void => void registry.close();
      if (this.#ending.aborted) close();
      else this.#ending.addEventListener("abort", close, { once: true });
      return registry;
    } catch (error) {
      // Asked again, it is tried again.
      this.#registry = null;
      throw error;
    }
  }
}

/** Of several subjects that have the schema, that of the event's topic. */
function found({ book }: TopicRegistry, id: number, topic: string): number | null {
  const uses = book.subjects.flatMap((subject) => book.versionsOf(subject).filter((version) => version.id === id));
  const own = uses.find(({ subject }) => subject.startsWith(`${topic}-`));
  return (own ?? (uses.length === 1 ? uses[0] : undefined))?.version ?? null;
}
