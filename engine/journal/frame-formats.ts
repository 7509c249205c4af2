// Formats have numbers, and each adds to what frames may hold: a build reads all up to its newest one, and writes the one that the app has
// activated (R14). What a format changes about a record is mended here, once: the rest of the engine knows records as they are today.
import { frameV1Schema, type Frame, type JournalRecord } from "../../schemas/journal/generated.ts";
import { must } from "../core/errors.ts";
import { SingleObject } from "./single-object.ts";

export interface FrameFormat {
  /** One more than that of the format before. */
  readonly number: number;
  /** Of a whole frame: the format's own version of `frame.v1.avsc`. */
  readonly schema: FrameSchema;
  /** A record as it is today, as this format has it. Default: under its own name. */
  readonly write?: (record: JournalRecord) => WrittenRecord;
  /** And back. */
  readonly read?: (written: WrittenRecord) => JournalRecord;
}

interface FrameSchema {
  readonly namespace: string;
  readonly fields: readonly { readonly name: string; readonly type: unknown }[];
}

/** Of the field `records`. */
interface UnionOfRecords {
  readonly items: readonly { readonly name: string }[];
}

/** A branch of the union of records, by its name in the schema. */
export interface WrittenRecord {
  readonly type: string;
}

export const FIRST_FORMAT = 1;

/** In Avro a branch of a union of records is wrapped in its full name. */
type Wrapped = Readonly<Record<string, WrittenRecord>>;
interface WrappedFrame extends Omit<Frame, "records"> {
  readonly records: readonly Wrapped[];
}

class FrameCodec {
  readonly #format: FrameFormat;
  readonly #object: SingleObject<WrappedFrame>;
  readonly #branchByType = new Map<string, string>();
  readonly #typeByBranch: Record<string, string> = {};

  constructor(format: FrameFormat) {
    this.#format = format;
    this.#object = new SingleObject<WrappedFrame>(format.schema);
    const { namespace, fields } = format.schema;
    const { items } = must(
      fields.find(({ name }) => name === "records"),
      "the field of records",
    ).type as UnionOfRecords;
    for (const { name } of items) {
      this.#branchByType.set(name, `${namespace}.${name}`);
      this.#typeByBranch[`${namespace}.${name}`] = name;
    }
  }

  get fingerprint(): string {
    return this.#object.fingerprint;
  }

  encode(frame: Frame): Buffer {
    const { write } = this.#format;
    const records = frame.records.map((record) => {
      const written = write === undefined ? record : write(record);
      // What this format does not have was decided before the format was activated: avsc refuses it.
      return { [this.#branchByType.get(written.type) ?? written.type]: written };
    });
    return this.#object.encode({ ...frame, records });
  }

  decode(bytes: Buffer): Frame {
    const frame = this.#object.decode(bytes);
    const { read } = this.#format;
    const records = new Array<JournalRecord>(frame.records.length);
    for (let index = 0; index < records.length; index++) {
      const wrapped = frame.records[index] ?? {};
      for (const branch in wrapped) {
        const type = this.#typeByBranch[branch];
        if (type === undefined) continue;
        // avsc made it and nobody else holds it: giving it its discriminant in place spares a copy.
        const written = Object.assign(must(wrapped[branch], "what stands in the branch"), { type });
        records[index] = read === undefined ? (written as JournalRecord) : read(written);
      }
    }
    return { ...frame, records };
  }
}

const codecs = new Map<number, FrameCodec>();
const byFingerprint = new Map<string, FrameCodec>();
let newest = FIRST_FORMAT;

/** From here on this build reads the format, and writes it where the app has activated it. */
export function addFrameFormat(format: FrameFormat): void {
  const codec = new FrameCodec(format);
  codecs.set(format.number, codec);
  byFingerprint.set(codec.fingerprint, codec);
  newest = Math.max(newest, format.number);
}

addFrameFormat({ number: FIRST_FORMAT, schema: frameV1Schema });

/** The highest format that this build reads and writes. */
export function newestFormat(): number {
  return newest;
}

/** Writes in a format that the app has activated; an older build's newest, where this build is older than that. */
export function encodeFrame(frame: Frame, activated = FIRST_FORMAT): Buffer {
  return must(codecs.get(Math.min(activated, newest)), "a codec for each format").encode(frame);
}

/** Null where no format that this build knows has this fingerprint. */
export function frameCodecOf(fingerprint: string): { decode(bytes: Buffer): Frame } | null {
  return byFingerprint.get(fingerprint) ?? null;
}
