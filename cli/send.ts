// millrace send: one event, or a file of them, through a server.
import type { Command } from "commander";
import { randomId } from "../engine/core/ids.ts";
import type { EventToSend, SentEvents } from "../server/contract/events.ts";
import { setTimeout as sleep } from "node:timers/promises";
import { wholeNumber } from "./app-log.ts";
import { ApiError } from "./client/api-error.ts";
import type { ApiClient } from "./client/api-client.ts";
import { asksServer, clientOf, type ServerFlags } from "./client/server-flags.ts";
import { CliError } from "./cli-error.ts";
import { givenJson } from "./given-json.ts";
import { printJson, printLines } from "./print/result.ts";
import { sendFile } from "./sending/send-file.ts";

interface SendFlags extends ServerFlags {
  readonly data?: string;
  readonly key?: string;
  readonly subject?: string;
  readonly id?: string;
  readonly time?: string;
  readonly ndjson?: string;
  readonly fromLine?: string;
}

/** Of one event, while the log is slow. With its id it may be sent again. */
const ATTEMPTS = 5;

export function sendCommand(command: Command): Command {
  return asksServer(command, "as JSON")
    .description("send an event, or with --ndjson a file of them, a line each")
    .argument("[name]", "the event's name; with --ndjson, lines are then data alone")
    .option("--data <json>", "JSON, @file, or - for standard input (default: null)")
    .option("--key <key>", "events with the same key keep their order")
    .option("--subject <subject>", "whom it is about: its data can be erased (of an app that is erasable)")
    .option("--id <id>", "an event with it counts once in 24 hours; with --ndjson, ids of lines that have none begin with it")
    .option("--time <time>", "when it happened: ISO 8601 (default: now)")
    .option("--ndjson <file>", 'lines such as {"name":"order/placed","data":{"order":1}}; - for standard input')
    .option("--from-line <number>", "with --ndjson: go on with this line", "1")
    .action((name: string | undefined, flags: SendFlags) =>
      flags.ndjson === undefined ? sendOne(name, flags) : sendMany(name, flags.ndjson, flags),
    );
}

async function sendOne(name: string | undefined, flags: SendFlags): Promise<void> {
  if (name === undefined) throw new CliError("CLI_BAD_CHOICE", "which event? millrace send order/placed --data '{\"order\":1}'");
  const { data, key, subject, id = randomId(), time } = flags;
  if (time !== undefined && Number.isNaN(Date.parse(time)))
    throw new CliError("CLI_BAD_TIME", `--time is an ISO 8601 time such as 2026-11-20T08:00:00Z, not "${time}"`);
  const event: EventToSend = {
    name,
    data: data === undefined ? null : givenJson("--data", data),
    id,
    ...(key === undefined ? {} : { key }),
    ...(subject === undefined ? {} : { subject }),
    ...(time === undefined ? {} : { time: Date.parse(time) }),
  };
  const { events } = await sent(clientOf(flags), event);
  for (const one of events) {
    if (flags.json === true) printJson(one);
    else printLines([`${one.id}  ${one.topic}/${one.partition}/${one.offset}`]);
  }
}

async function sent(client: ApiClient, event: EventToSend): Promise<SentEvents> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await client.post<SentEvents>("/events", event);
    } catch (error) {
      if (!(error instanceof ApiError) || !error.isPassing || attempt === ATTEMPTS) throw error;
      await sleep(1_000 * (error.retryAfter ?? attempt));
    }
  }
}

async function sendMany(name: string | undefined, file: string, flags: SendFlags): Promise<void> {
  const wrong = (["data", "key", "subject", "time"] as const).find((flag) => flags[flag] !== undefined);
  if (wrong !== undefined) throw new CliError("CLI_BAD_CHOICE", `--${wrong} is of one event: with --ndjson each line has its own`);
  const { where } = clientOf(flags);
  const {
    sent: count,
    refused,
    id,
  } = await sendFile({
    where,
    file,
    name: name ?? null,
    id: flags.id ?? `send-${randomId()}`,
    fromLine: wholeNumber("--from-line", flags.fromLine ?? "1", 1),
  });
  if (flags.json === true) printJson({ id, sent: count, refused });
  else printLines([`${count.toLocaleString("en")} events sent${refused === 0 ? "" : `, ${refused.toLocaleString("en")} lines refused`}`]);
  if (refused > 0) throw new CliError("CLI_SEND_REFUSED", `${refused} lines were refused, each told above: mend them and send them alone`);
}
