// Events that past runs sent by a schema, as who reads them by today's schemas gets them: so what today's code sends is compared with what was
// said, whatever versions lie between.
import { codecOf, resolvingDecoder } from "../../schemas/avro/codec.ts";
import { SchemaError } from "../../schemas/schema-error.ts";
import { unframed } from "../../schemas/wire.ts";
import type { AskedOf, SentEvent } from "../history/asked-of.ts";
import type { PastRun } from "../history/past-run.ts";

export interface WrittenEventsOptions {
  /** Text of the schema with an id; null where nobody knows it. */
  readonly schemaOf: (id: number) => Promise<string | null>;
  /** Text of the Avro schema that the app declares for the event of a name; null where it declares none. */
  readonly readerOf: (event: string) => string | null;
  /** Told once of each id by which nothing can be read: such events are compared by name and key alone. */
  readonly onUnreadable: (id: number, reason: string) => void;
}

type Decoder = (body: Buffer) => unknown;

export class WrittenEvents {
  readonly #options: WrittenEventsOptions;
  readonly #texts = new Map<number, Promise<string | null>>();
  /** By id and reader. */
  readonly #decoders = new Map<string, Decoder>();
  readonly #told = new Set<number>();

  constructor(options: WrittenEventsOptions) {
    this.#options = options;
  }

  /** The same run, with the data of what it sent. */
  async read(past: PastRun): Promise<PastRun> {
    if (![...past.asked.values()].some(isWritten)) return past;
    const asked = new Map(past.asked);
    for (const [step, of] of past.asked) {
      if (of.kind === "send") asked.set(step, { kind: "send", events: await Promise.all(of.events.map((event) => this.#read(event))) });
    }
    return { ...past, asked };
  }

  async #read(event: SentEvent): Promise<SentEvent> {
    const { said } = event;
    const frame = said === null || said.written === null ? null : unframed(said.written);
    if (said === null || frame === null) return event;
    const text = await this.#textOf(frame.id);
    if (text === null) return event;
    try {
      const data = JSON.stringify(this.#decoderOf(frame.id, text, this.#options.readerOf(said.name))(frame.body));
      return { ...event, said: { ...said, data } };
    } catch (error) {
      if (!(error instanceof SchemaError)) throw error;
      this.#tell(frame.id, error.message);
      return event;
    }
  }

  #textOf(id: number): Promise<string | null> {
    let text = this.#texts.get(id);
    if (text === undefined) {
      text = this.#options.schemaOf(id).then(
        (found) => {
          if (found === null) this.#tell(id, "nobody knows it any more");
          return found;
        },
        (error: unknown) => {
          if (!(error instanceof SchemaError)) throw error;
          this.#tell(id, error.message);
          return null;
        },
      );
      this.#texts.set(id, text);
    }
    return text;
  }

  #decoderOf(id: number, writer: string, reader: string | null): Decoder {
    const key = `${id} ${reader ?? ""}`;
    let decoder = this.#decoders.get(key);
    if (decoder === undefined) this.#decoders.set(key, (decoder = decoderOf(writer, reader)));
    return decoder;
  }

  #tell(id: number, reason: string): void {
    if (this.#told.has(id)) return;
    this.#told.add(id);
    this.#options.onUnreadable(id, reason);
  }
}

function isWritten(of: AskedOf): boolean {
  return of.kind === "send" && of.events.some(({ said }) => said !== null && said.written !== null);
}

/** What today's schema cannot read is shown as it was written. */
function decoderOf(writer: string, reader: string | null): Decoder {
  if (reader !== null && reader !== writer) {
    try {
      return resolvingDecoder(writer, reader);
    } catch (error) {
      if (!(error instanceof SchemaError)) throw error;
    }
  }
  const codec = codecOf(writer);
  return (body) => codec.decode(body);
}
