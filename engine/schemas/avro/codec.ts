// Data of events to Avro's bytes and back, by one schema or by a writer's and a reader's. What becomes of which type is in docs/guide/schemas.md.
import { SchemaError } from "../schema-error.ts";
import { ByteReader, UnreadableBytes } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { readProblems } from "./compatibility.ts";
import { decoderOf, type Decode } from "./decoder.ts";
import { encoderOf, type Encode } from "./encoder.ts";
import { Problems } from "./problems.ts";
import { Resolution } from "./resolution.ts";
import { branchName, schemaNode, type AvroNode } from "./schema-node.ts";

export interface EventCodec {
  /** @throws SchemaError EVENT_DATA_INVALID, with the path of what does not fit, and in its message those of all others */
  encode(data: unknown): Buffer;
  /** What JSON could have said. @throws SchemaError EVENT_DATA_INVALID */
  decode(body: Buffer): unknown;
}

/** Made once for a schema, and used for each event. @throws SchemaError SCHEMA_INVALID */
export function codecOf(text: string): EventCodec {
  const node = nodeOf(text);
  // Many only read, or only write.
  let encoder: Encode | null = null;
  let decoder: ((body: Buffer) => unknown) | null = null;
  return {
    encode: (data) => encoded((encoder ??= encoderOf(node)), data, node),
    decode: (body) => (decoder ??= bodyDecoder(decoderOf(node, node, new Resolution()), node))(body),
  };
}

/** @throws SchemaError SCHEMA_INCOMPATIBLE; what it answers throws EVENT_DATA_INVALID */
export function resolvingDecoder(writerText: string, readerText: string): (body: Buffer) => unknown {
  const problems = readProblems(readerText, writerText);
  const [first] = problems;
  if (first !== undefined) {
    const lines = problems.map(({ path, problem }) => `${path === "" ? "the record" : path}: ${problem}`);
    throw new SchemaError("SCHEMA_INCOMPATIBLE", `what one schema wrote cannot be read by another: ${lines.join("; ")}`, {
      path: first.path,
    });
  }
  const writer = nodeOf(writerText);
  return bodyDecoder(decoderOf(writer, nodeOf(readerText), new Resolution()), writer);
}

const writer = new ByteWriter();

function encoded(encode: Encode, data: unknown, node: AvroNode): Buffer {
  const problems = new Problems();
  writer.reset();
  encode(data, writer, problems);
  if (problems.count > 0) throw problems.toError(`the data does not fit the schema ${branchName(node)}`);
  return writer.bytes();
}

function bodyDecoder(decode: Decode, node: AvroNode): (body: Buffer) => unknown {
  return (body) => {
    try {
      const from = new ByteReader(body);
      const data = decode(from);
      if (!from.isAtEnd) throw new UnreadableBytes(`${from.rest} bytes are left over`);
      return data;
    } catch (cause) {
      if (!(cause instanceof UnreadableBytes)) throw cause;
      throw new SchemaError("EVENT_DATA_INVALID", `bytes cannot be read by the schema ${branchName(node)}: ${cause.message}`, {
        cause,
        path: "data",
      });
    }
  };
}

function nodeOf(text: string): AvroNode {
  try {
    return schemaNode(JSON.parse(text));
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new SchemaError("SCHEMA_INVALID", `a text is no Avro schema: ${message}`, { cause });
  }
}
