// Entries of the journal, to bytes and back: frames, claims and knocks.
import {
  claimV1Schema,
  frameV1Schema,
  knockV1Schema,
  type Claim,
  type Frame,
  type JournalRecord,
  type Knock,
} from "../../schemas/journal/generated.ts";
import { JournalError } from "./errors.ts";
import { fingerprintIn, SingleObject } from "./single-object.ts";

export type JournalEntry =
  | { readonly kind: "frame"; readonly frame: Frame }
  | { readonly kind: "claim"; readonly claim: Claim }
  | { readonly kind: "knock"; readonly knock: Knock };

/** In Avro a branch of a union of records is wrapped in its name. */
type Wrapped = Readonly<Record<string, JournalRecord>>;
interface WrappedFrame extends Omit<Frame, "records"> {
  readonly records: readonly Wrapped[];
}

const frameV1 = new SingleObject<WrappedFrame>(frameV1Schema);
const claimV1 = new SingleObject<Claim>(claimV1Schema);
const knockV1 = new SingleObject<Knock>(knockV1Schema);

const RECORD_NAMES = frameV1Schema.fields[5].type.items.map((branch) => `${frameV1Schema.namespace}.${branch.name}`);
const NAME_BY_BRANCH: Readonly<Record<string, JournalRecord["type"]>> = Object.fromEntries(
  frameV1Schema.fields[5].type.items.map((branch, index) => [RECORD_NAMES[index] ?? "", branch.name]),
);
const BRANCH_BY_NAME: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(NAME_BY_BRANCH).map(([branch, name]) => [name, branch]),
);

export function encodeFrame(frame: Frame): Buffer {
  const records = frame.records.map((record) => ({ [BRANCH_BY_NAME[record.type] ?? record.type]: record }));
  return frameV1.encode({ ...frame, records });
}

export function encodeClaim(claim: Claim): Buffer {
  return claimV1.encode(claim);
}

export function encodeKnock(knock: Knock): Buffer {
  return knockV1.encode(knock);
}

/**
 * @throws JournalError `JOURNAL_UNKNOWN_FORMAT` when a newer version wrote it, `JOURNAL_DAMAGED` when it is no entry at all.
 */
export function decodeEntry(bytes: Buffer | null): JournalEntry {
  const fingerprint = bytes === null ? null : fingerprintIn(bytes);
  if (bytes === null || fingerprint === null) {
    throw new JournalError(
      "JOURNAL_DAMAGED",
      "it is not an entry of a journal (no single-object marker). Something else wrote to this topic",
    );
  }
  try {
    if (fingerprint === frameV1.fingerprint) return { kind: "frame", frame: unwrap(frameV1.decode(bytes)) };
    if (fingerprint === claimV1.fingerprint) return { kind: "claim", claim: claimV1.decode(bytes) };
    if (fingerprint === knockV1.fingerprint) return { kind: "knock", knock: knockV1.decode(bytes) };
  } catch (cause) {
    throw new JournalError("JOURNAL_DAMAGED", "its bytes do not follow the schema that they name", { cause });
  }
  throw new JournalError(
    "JOURNAL_UNKNOWN_FORMAT",
    `it has a format or record type that this version does not know (fingerprint ${fingerprint}). A newer version of Millrace wrote it: run that version`,
  );
}

function unwrap(frame: WrappedFrame): Frame {
  const records = new Array<JournalRecord>(frame.records.length);
  for (let index = 0; index < records.length; index++) {
    const wrapped = frame.records[index] ?? {};
    for (const branch in wrapped) {
      const record = wrapped[branch];
      const type = NAME_BY_BRANCH[branch];
      if (record !== undefined && type !== undefined) records[index] = tag(record, type);
    }
  }
  return { ...frame, records };
}

/** avsc made the record and nobody else holds it: giving it its discriminant in place spares a copy. */
function tag(record: JournalRecord, type: JournalRecord["type"]): JournalRecord {
  return Object.assign(record, { type }) as JournalRecord;
}
