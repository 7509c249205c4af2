// millrace journal: what a partition decided, an entry a line.
import { once } from "node:events";
import type { Command } from "commander";
import { MillraceError, unreachable } from "../engine/core/errors.ts";
import { decodeEntry, type JournalEntry } from "../engine/journal/entry.ts";
import type { Sealing } from "../engine/core/sealing.ts";
import { shown } from "../engine/sealing/shown.ts";
import { withKeys } from "./with-keys.ts";
import type { StoredRecord } from "../engine/log/log.ts";
import { partitionsOf, wholeNumber, withAppLog, withLogFlags, type AppLog, type LogFlags } from "./app-log.ts";

interface JournalFlags extends LogFlags {
  readonly partition: string;
  readonly from?: string;
}

export function journalCommand(command: Command): Command {
  return withLogFlags(command)
    .description("print a partition's journal as JSON lines: every claim, frame and knock, oldest first")
    .requiredOption("--partition <number>", "the partition to print")
    .option("--from <offset>", "the first offset to print (default: the oldest)")
    .action((flags: JournalFlags) => withAppLog(flags, (app) => withKeys(app, (sealing) => printJournal(app, flags, sealing))));
}

async function printJournal(app: AppLog, flags: JournalFlags, sealing: Sealing | null): Promise<void> {
  const { log, topics } = app;
  for (const partition of partitionsOf(app, flags.partition)) {
    const target = { topic: topics.journal, partition };
    const from = flags.from === undefined ? await log.earliestOffset(target) : wholeNumber("--from", flags.from);
    const reader = log.openReader({ ...target, from, mode: "bulk" });
    try {
      for (;;) {
        const batch = await reader.next();
        for (const record of batch.records) await printLine(await shown(sealing, readable(lineOf(record))));
        if (batch.nextOffset >= batch.highWatermark) break;
      }
    } finally {
      reader.close();
    }
  }
}

/** What cannot be read is printed as that: whoever looks at a damaged journal wants to see all of it. */
function lineOf({ offset, timestamp, value }: StoredRecord): object {
  const place = { offset, at: new Date(timestamp).toISOString() };
  try {
    return { ...place, ...fieldsOf(decodeEntry(value)) };
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    process.exitCode = 1;
    return { ...place, kind: "unreadable", code: error.code, reason: error.message };
  }
}

function fieldsOf(entry: JournalEntry): object {
  switch (entry.kind) {
    case "frame":
      return { kind: "frame", ...entry.frame };
    case "claim":
      return { kind: "claim", ...entry.claim };
    case "knock":
      return { kind: "knock", ...entry.knock };
    default:
      return unreachable(entry);
  }
}

async function printLine(line: unknown): Promise<void> {
  if (process.stdout.write(`${JSON.stringify(line)}\n`)) return;
  await once(process.stdout, "drain");
}

/** Bytes as text, where they are text; what a record is comes first. */
function readable(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value.equals(Buffer.from(value.toString())) ? value.toString() : { base64: value.toString("base64") };
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, property]): [string, unknown] => [name, readable(property)]);
  return Object.fromEntries(entries.toSorted(([a], [b]) => Number(b === "type") - Number(a === "type")));
}
