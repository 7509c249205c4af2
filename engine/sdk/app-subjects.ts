// Data of subjects: sealed as it is sent, opened where code gets it, erased when people ask for it.
import { ConfigurationError } from "../core/configuration-error.ts";
import type { Opened } from "../core/sealing.ts";
import { openedText } from "../execution/opened-text.ts";
import type { CheckedEvent } from "../execution/outgoing-event.ts";
import type { Log } from "../log/log.ts";
import type { Logger } from "../observability/logger.ts";
import { Fillers } from "../sealing/fillers.ts";
import { KeyRing } from "../sealing/key-ring.ts";
import type { EventReader } from "../task/event-reader.ts";
import type { TaskSealing } from "../task/sealed-data.ts";
import type { BodyEncoder, OutgoingBody } from "./outgoing-record.ts";

type DataOf = (event: CheckedEvent, given: unknown) => string | Promise<string>;

const JSON_HEADERS = { "content-type": "application/json" };

export interface AppSubjectsOptions {
  /** The app's id. */
  readonly app: string;
  readonly topic: string;
  readonly logger: Logger;
}

export class AppSubjects implements TaskSealing {
  readonly #options: AppSubjectsOptions;
  #ring: KeyRing | null = null;
  #fillers: Fillers | null = null;

  constructor(options: AppSubjectsOptions) {
    this.#options = options;
  }

  /** Resolves when all keys are known. @throws LogError */
  async begin(log: Log): Promise<void> {
    const { app, topic, logger } = this.#options;
    if (this.#ring !== null) return;
    const ring = await KeyRing.open({ log, topic, app, logger });
    this.#ring = ring;
    this.#fillers = new Fillers({ log, topic, ring });
  }

  open(text: string): Opened {
    return this.#begun.open(text);
  }

  isErased(text: string): boolean {
    return this.#begun.isErased(text);
  }

  sealLike(model: string, text: string): string {
    return this.#begun.sealLike(model, text);
  }

  /** @throws LogError */
  seal(subject: string, text: string): Promise<string> {
    return this.#begun.seal(subject, text);
  }

  /** `json`: its data, as who reads it is to get it. @throws LogError */
  async #bodyFor({ subject }: Pick<CheckedEvent, "subject">, json: string): Promise<OutgoingBody> {
    if (subject === null) throw new ConfigurationError("WRONG_STATE", "only data of a subject is sealed");
    return { value: Buffer.from(await this.#begun.seal(subject, json)), headers: JSON_HEADERS };
  }

  /** How events are written: those of subjects are checked by their schemas as all are, and then sealed. */
  bodies(declared: { readonly bodyOf: BodyEncoder; readonly dataOf: DataOf }): BodyEncoder {
    return (event, given) => {
      const body = declared.bodyOf(event, given);
      return event.subject === null ? body : this.#sealedBody(event, given, body, declared.dataOf);
    };
  }

  async #sealedBody(event: CheckedEvent, given: unknown, checked: ReturnType<BodyEncoder>, dataOf: DataOf): Promise<OutgoingBody> {
    await checked;
    return this.#bodyFor(event, await dataOf(event, given));
  }

  caughtUp(signal: AbortSignal): Promise<void> {
    return this.#begun.caughtUp(signal);
  }

  erase(subject: string): Promise<number> {
    return this.#begun.erase(subject);
  }

  /** Events come when their keys are known: who decides about them looks into their data. */
  reading(reader: EventReader): EventReader {
    return {
      read: (topic, record, partition) => {
        const read = reader.read(topic, record, partition);
        if (read === null || read instanceof Promise || !read.ok) return read;
        const opened = openedText(this, read.event.data, read.event.name);
        return opened.kind === "unknown" ? opened.known : read;
      },
      obstacle: (topic, partition) => reader.obstacle?.(topic, partition) ?? null,
    };
  }

  /** The same for who is given data, and not what is sealed: of a subject that was erased there is no event. */
  openReading(reader: EventReader): EventReader {
    const inTime = this.reading(reader);
    return {
      ...inTime,
      read: (topic, record, partition) => {
        const read = inTime.read(topic, record, partition);
        if (read === null || read instanceof Promise || !read.ok) return read;
        const opened = openedText(this, read.event.data, read.event.name);
        return opened.kind === "open" ? { ok: true, event: { ...read.event, data: opened.text } } : null;
      },
    };
  }

  async close(): Promise<void> {
    await this.#fillers?.close();
    await this.#ring?.close();
  }

  get #begun(): KeyRing {
    if (this.#ring === null) throw new ConfigurationError("WRONG_STATE", "keys of subjects are not read yet: the app has no connection");
    return this.#ring;
  }
}

/** Of an app that seals nothing. */
export function withoutSubjects(encode: BodyEncoder): BodyEncoder {
  return (event, given) => {
    if (event.subject === null) return encode(event, given);
    throw new ConfigurationError(
      "INVALID_EVENT",
      `event "${event.name}" has a subject, and the app seals nothing: say \`erasable: true\` where it is made, in every process that sends or runs it`,
    );
  };
}

/** Data of a signal for a subject, as it is written. @throws ConfigurationError `WRONG_STATE`; LogError */
export async function sealedData(subjects: AppSubjects | null, subject: string, data: unknown): Promise<unknown> {
  if (subjects === null) throw new ConfigurationError("WRONG_STATE", "signal: the app seals nothing. `erasable: true` has it do so");
  return JSON.parse(await subjects.seal(subject, JSON.stringify(data) ?? "null"));
}
