// A build that is one version newer: the same code, and a record type that older builds do not know. Imported for its effect.
import { addFrameFormat, FIRST_FORMAT, type WrittenRecord } from "../../../engine/journal/frame-formats.ts";
import type { JournalRecord } from "../../../schemas/journal/generated.ts";
import { frameV1Schema } from "../../../schemas/journal/generated.ts";

export const NEXT_FORMAT = FIRST_FORMAT + 1;

const NEW_TYPE = "StepCompletedWithNote";
const NOTE = "as the newer build writes it";

addFrameFormat({
  number: NEXT_FORMAT,
  schema: { ...frameV1Schema, fields: frameV1Schema.fields.map((field) => (field.name === "records" ? withNewType(field) : field)) },
  write: (record) => (record.type === "StepCompleted" ? { ...record, type: NEW_TYPE, note: NOTE } : record),
  read: (written) => (isNoted(written) ? upcast(written) : (written as JournalRecord)),
});

type RecordsField = Extract<(typeof frameV1Schema.fields)[number], { name: "records" }>;

function withNewType({ name, type }: RecordsField): { name: string; type: unknown } {
  const completed = type.items.find((branch) => branch.name === "StepCompleted");
  const noted = { ...completed, name: NEW_TYPE, fields: [...(completed?.fields ?? []), { name: "note", type: "string" }] };
  return { name, type: { ...type, items: [...type.items, noted] } };
}

function isNoted(written: WrittenRecord): written is WrittenRecord & { note: string } {
  return written.type === NEW_TYPE && "note" in written && written.note === NOTE;
}

function upcast(written: WrittenRecord & { note: string }): JournalRecord {
  const { note: _, ...fields } = written;
  return { ...fields, type: "StepCompleted" } as JournalRecord;
}
