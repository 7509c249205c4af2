// millrace dead-letter: what was set aside, why, and trying it again or letting it go; one by one, or by a filter.
import type { Command } from "commander";
import { DEAD_LETTER_KINDS, DeadLetterState, type DeadLetter, type ListedDeadLetter } from "../server/contract/dead-letters.ts";
import type { Page } from "../server/contract/words.ts";
import { wholeNumber } from "./app-log.ts";
import { meant } from "./choose.ts";
import { CliError } from "./cli-error.ts";
import { part, type ApiClient } from "./client/api-client.ts";
import { bulk, type BulkFlags } from "./client/bulk.ts";
import { allPages } from "./client/pages.ts";
import { onceAsked } from "./client/once-asked.ts";
import { asksServer, clientOf, type ServerFlags } from "./client/server-flags.ts";
import { pastTime } from "./past-time.ts";
import { plainText } from "../engine/core/plain-text.ts";
import { printJson, printLines, printList } from "./print/result.ts";
import type { Column } from "./print/table.ts";
import { timeText } from "./print/times.ts";

interface FilterFlags extends ServerFlags {
  readonly kind?: string;
  readonly code?: string;
  readonly topic?: string;
  readonly consumer?: string;
  readonly since?: string;
  readonly until?: string;
}

interface ListFlags extends FilterFlags {
  readonly state?: string;
  readonly cursor?: string;
  readonly limit: string;
}

interface ActFlags extends FilterFlags, BulkFlags {
  readonly all?: true;
  readonly json?: true;
}

const COLUMNS: readonly Column<ListedDeadLetter>[] = [
  { head: "DEAD LETTER", of: ({ id }) => id },
  { head: "WHEN", of: ({ at }) => timeText(at) },
  { head: "KIND", of: ({ kind }) => kind },
  { head: "STATE", of: ({ state }) => ({ text: state, paint: (colors) => (state === "open" ? colors.red : colors.dim) }) },
  { head: "CODE", of: ({ code }) => code },
  { head: "RETRY", of: ({ canRetry }) => (canRetry ? "yes" : "no") },
  { head: "WHY", of: ({ reason }) => reason, mayShrink: true },
];

export function deadLetterCommand(command: Command): Command {
  command.description("dead letters: listed, shown, tried again, let go");
  filtered(asksServer(command.command("list")))
    .description("list dead letters, newest first")
    .option("--state <state>", `only those that are ${DeadLetterState.options.join(", ")}`)
    .option("--cursor <cursor>", "go on where another list ended")
    .option("--limit <number>", "at most so many", "50")
    .action((flags: ListFlags) => list(clientOf(flags), flags));
  asksServer(command.command("show"), "as JSON")
    .description("show a dead letter: what it holds, and what trying it again would do")
    .argument("<id>", "as `millrace dead-letter list` has it")
    .action(async (id: string, flags: ServerFlags) => {
      const letter = await clientOf(flags).get<DeadLetter>(`/dead-letters/${part(id)}`);
      if (flags.json === true) printJson(letter);
      else printLines(linesOf(letter));
    });
  for (const [action, says] of [
    ["retry", "try a dead letter again"],
    ["discard", "let a dead letter go: nothing is to be done about it any more"],
  ] as const) {
    filtered(asksServer(command.command(action), "as JSON"))
      .description(`${says}, or all that a filter means: without --yes it only says how many`)
      .argument("[id]", "as `millrace dead-letter list` has it; without one, all that the filter means")
      .option("--all", "all that are open")
      .option("--yes", "by filter: do it")
      .action((id: string | undefined, flags: ActFlags) => act(action, id, flags));
  }
  return command;
}

function filtered(command: Command): Command {
  return command
    .option("--kind <kind>", `only those that are ${DEAD_LETTER_KINDS.join(", ")}`)
    .option("--code <code>", "only those with this code")
    .option("--topic <topic>", "only those that came from this topic")
    .option("--consumer <id>", "only those of this consumer")
    .option("--since <time>", "only those from then on: an ISO 8601 time, or how long ago, e.g. 2h")
    .option("--until <time>", "only those from before then");
}

function filterOf({ kind, code, topic, consumer, since, until }: FilterFlags): Readonly<Record<string, string | number>> {
  const given = {
    kind: kind === undefined ? undefined : oneOf("--kind", kind, DEAD_LETTER_KINDS),
    code,
    topic,
    consumer,
    since: since === undefined ? undefined : pastTime("--since", since),
    until: until === undefined ? undefined : pastTime("--until", until),
  };
  return Object.fromEntries(Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
}

function oneOf(flag: string, text: string, known: readonly string[]): string {
  if (known.includes(text)) return text;
  throw new CliError("CLI_BAD_CHOICE", `${flag} is ${known.join(", ")}, not "${text}": ${meant(text, known)}`);
}

async function list(client: ApiClient, flags: ListFlags): Promise<void> {
  const { state } = flags;
  const query = { ...filterOf(flags), ...(state === undefined ? {} : { state: oneOf("--state", state, DeadLetterState.options) }) };
  const limit = wholeNumber("--limit", flags.limit, 1);
  const ask = (most: number, cursor: string | undefined): Promise<Page<ListedDeadLetter>> =>
    client.get("/dead-letters", { ...query, limit: most, cursor });
  printList(await allPages(ask, limit, flags.cursor), { json: flags.json === true, columns: COLUMNS, none: "no dead letters" });
}

async function act(action: "retry" | "discard", id: string | undefined, flags: ActFlags): Promise<void> {
  const filter = filterOf(flags);
  const isMany = flags.all === true || Object.keys(filter).length > 0;
  if (id !== undefined && isMany) throw new CliError("CLI_BAD_CHOICE", "a dead letter, or a filter: not both");
  const client = clientOf(flags);
  const done = action === "retry" ? "retried" : "discarded";
  if (id === undefined) {
    if (!isMany)
      throw new CliError(
        "CLI_BAD_CHOICE",
        "which dead letters? Name one by its id, or several by --kind, --code, --topic, --consumer, --since, --until, or --all",
      );
    return bulk(client, { at: "/bulk/dead-letters", body: { action, filter }, one: "dead letter", many: "dead letters", done }, flags);
  }
  const letter = await onceAsked(client.post<DeadLetter>(`/dead-letters/${part(id)}/${action}`));
  if (flags.json === true) printJson(letter);
  else printLines([`${letter.id} was ${done}`]);
}

function linesOf({
  id,
  kind,
  state,
  code,
  reason,
  at,
  source,
  run,
  consumer,
  key,
  headers,
  value,
  valueBase64,
  retry,
  resolution,
}: DeadLetter): string[] {
  const rows: readonly (readonly [string, string | null])[] = [
    ["state", resolution === null ? state : `${state} by ${resolution.actor}, ${new Date(resolution.at).toISOString()}`],
    ["why", `${code}: ${reason}`],
    ["when", new Date(at).toISOString()],
    ["came from", source === null ? null : `${source.topic}/${source.partition}/${source.offset}`],
    ["run", run],
    ["consumer", consumer],
    ["key", key],
    ...Object.entries(headers).map(([name, text]) => ["header", `${name}: ${text}`] as const),
    ["value", value ?? (valueBase64 === null ? null : `${valueBase64} (base64)`)],
    ["retry", retry],
  ];
  return [
    `${plainText(id)}  ${kind}`,
    ...rows.flatMap(([what, text]) => (text === null ? [] : [`  ${what.padEnd(9)}  ${plainText(text)}`])),
  ];
}
