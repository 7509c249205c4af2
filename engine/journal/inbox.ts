// Messages between tasks, to bytes and back: one by one as they stand in the journal, and in parcels as they stand in an inbox.
import { messageV1Schema, parcelV1Schema, type Message, type MessageBody, type Parcel } from "../../schemas/journal/generated.ts";
import { JournalError } from "./errors.ts";
import { fingerprintIn, SingleObject } from "./single-object.ts";

/** In Avro a branch of a union of records is wrapped in its name. */
interface WrappedMessage extends Omit<Message, "body"> {
  readonly body: Readonly<Record<string, MessageBody>>;
}

const messageV1 = new SingleObject<WrappedMessage>(messageV1Schema);
const parcelV1 = new SingleObject<Parcel>(parcelV1Schema);

export function encodeMessage(body: MessageBody): Buffer {
  return messageV1.encode({ body: { [`${messageV1Schema.namespace}.${body.type}`]: body } });
}

/** @throws JournalError */
export function decodeMessage(bytes: Buffer): MessageBody {
  const { body } = decoded(messageV1, bytes, "a message");
  for (const branch in body) {
    const found = body[branch];
    if (found !== undefined) return Object.assign(found, { type: branch.slice(branch.lastIndexOf(".") + 1) }) as MessageBody;
  }
  throw new JournalError("JOURNAL_DAMAGED", "a message has no body");
}

export function encodeParcel(parcel: Parcel): Buffer {
  return parcelV1.encode(parcel);
}

/** @throws JournalError */
export function decodeParcel(bytes: Buffer | null): Parcel {
  if (bytes === null) throw new JournalError("JOURNAL_DAMAGED", "a record of an inbox has no value");
  return decoded(parcelV1, bytes, "a record of an inbox");
}

function decoded<T>(type: SingleObject<T>, bytes: Buffer, what: string): T {
  const fingerprint = fingerprintIn(bytes);
  if (fingerprint === null) throw new JournalError("JOURNAL_DAMAGED", `${what} has no single-object marker: something else wrote it`);
  if (fingerprint !== type.fingerprint) {
    throw new JournalError(
      "JOURNAL_UNKNOWN_FORMAT",
      `${what} has a format that this version does not know (fingerprint ${fingerprint}). A newer version of Millrace wrote it: run that version`,
    );
  }
  try {
    return type.decode(bytes);
  } catch (cause) {
    throw new JournalError("JOURNAL_DAMAGED", `${what} does not follow the schema that it names`, { cause });
  }
}
