// millrace events: what was sent, and what came of it, as a server tells.
import type { Command } from "commander";
import type { ListedEvent, ShownEvent } from "../server/contract/events.ts";
import type { Lineage } from "../server/contract/runs.ts";
import type { Page } from "../server/contract/words.ts";
import { wholeNumber } from "./app-log.ts";
import { part, type ApiClient } from "./client/api-client.ts";
import { allPages } from "./client/pages.ts";
import { asksServer, clientOf, type ServerFlags } from "./client/server-flags.ts";
import { pastTime } from "./past-time.ts";
import { plainText } from "../engine/core/plain-text.ts";
import { printJson, printLines, printList } from "./print/result.ts";
import type { Column } from "./print/table.ts";
import { timeText } from "./print/times.ts";
import { lineageLines } from "./run-lines.ts";

interface ListFlags extends ServerFlags {
  readonly name?: string;
  readonly key?: string;
  readonly search?: string;
  readonly since?: string;
  readonly until?: string;
  readonly cursor?: string;
  readonly limit: string;
}

const COLUMNS: readonly Column<ListedEvent>[] = [
  { head: "EVENT", of: ({ origin }) => origin },
  { head: "WHEN", of: ({ appendedAt }) => timeText(appendedAt) },
  { head: "NAME", of: ({ name }) => name },
  { head: "KEY", of: ({ key }) => key ?? "", mayShrink: true },
  { head: "RUNS", of: ({ runs }) => String(runs), align: "right" },
  { head: "ID", of: ({ id, corrects }) => (corrects === null ? id : `${id} (corrects ${corrects})`), mayShrink: true },
];

export function eventsCommand(command: Command): Command {
  command.description("events: listed, and shown with what came of them");
  asksServer(command.command("list"))
    .description("list events that started runs, or were waited for; newest first")
    .option("--name <name>", "only events of this name")
    .option("--key <key>", "only events with this key")
    .option("--search <text>", "only events with this in their id or name")
    .option("--since <time>", "only events from then on: an ISO 8601 time, or how long ago, e.g. 2h")
    .option("--until <time>", "only events from before then")
    .option("--cursor <cursor>", "go on where another list ended")
    .option("--limit <number>", "at most so many", "50")
    .action((flags: ListFlags) => list(clientOf(flags), flags));
  asksServer(command.command("show"), "as JSON")
    .description("show an event: its data, what it came of, and what came of it")
    .argument("<event>", "its id, or where it stands: topic/partition/offset")
    .action((id: string, flags: ServerFlags) => show(clientOf(flags), id, flags));
  return command;
}

async function list(client: ApiClient, flags: ListFlags): Promise<void> {
  const { name, key, search, since, until } = flags;
  const query = {
    name,
    key,
    search,
    since: since === undefined ? undefined : pastTime("--since", since),
    until: until === undefined ? undefined : pastTime("--until", until),
  };
  const limit = wholeNumber("--limit", flags.limit, 1);
  const items = await allPages(
    (most, cursor) => client.get<Page<ListedEvent>>("/events", { ...query, limit: most, cursor }),
    limit,
    flags.cursor,
  );
  printList(items, { json: flags.json === true, columns: COLUMNS, none: "no events that started runs, or were waited for" });
}

async function show(client: ApiClient, id: string, flags: ServerFlags): Promise<void> {
  const event = await client.get<ShownEvent>(`/events/${part(id)}`);
  if (flags.json === true) return printJson(event);
  const { origin, name, key, time, appendedAt, schema, data, corrects } = event;
  const rows: readonly (readonly [string, string | null])[] = [
    ["id", event.id],
    ["stands at", origin],
    ["key", key],
    ["happened", new Date(time).toISOString()],
    ["in the log", new Date(appendedAt).toISOString()],
    ["corrects", corrects],
    [
      "schema",
      schema === null
        ? null
        : `${schema.name}${schema.version === null ? "" : `, version ${schema.version}`}${schema.id === null ? "" : `, id ${schema.id}`}`,
    ],
    ["data", data ?? "(not to be seen with this token)"],
  ];
  printLines([plainText(name), ...rows.flatMap(([what, text]) => (text === null ? [] : [`  ${what.padEnd(10)}  ${plainText(text)}`]))]);
  // One that concerns nobody is in no history.
  if (event.runs > 0 || event.sentBy !== null || event.awaitedBy.length > 0) {
    printLines(lineageLines(await client.get<Lineage>(`/events/${part(id)}/lineage`)));
  }
}
