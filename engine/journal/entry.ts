// Entries of the journal, to bytes and back: frames, claims and knocks.
import { claimV1Schema, knockV1Schema, type Claim, type Frame, type Knock } from "../../schemas/journal/generated.ts";
import { JournalError } from "./errors.ts";
import { frameCodecOf } from "./frame-formats.ts";
import { fingerprintIn, SingleObject } from "./single-object.ts";

export type JournalEntry =
  | { readonly kind: "frame"; readonly frame: Frame }
  | { readonly kind: "claim"; readonly claim: Claim }
  | { readonly kind: "knock"; readonly knock: Knock };

const claimV1 = new SingleObject<Claim>(claimV1Schema);
const knockV1 = new SingleObject<Knock>(knockV1Schema);

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
    const frames = frameCodecOf(fingerprint);
    if (frames !== null) return { kind: "frame", frame: frames.decode(bytes) };
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
