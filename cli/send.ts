// millrace send: one event, or a file of them, through a server.
import type { Command } from "commander";
import { randomId } from "../engine/core/ids.ts";
import type { EventToSend, SentEvents } from "../server/contract/events.ts";
import { setTimeout as sleep } from "node:timers/promises";
import { wholeNumber } from "./app-log.ts";
import { ApiError } from "./client/api-error.ts";
import type { ApiClient } from "./client/api-client.ts";
import { advised } from "./client/advised.ts";
import { commandAgain } from "./client/command-again.ts";
import { wasUnheard } from "./client/unheard.ts";
import { asksServer, clientOf, type ServerFlags } from "./client/server-flags.ts";
import { CliError } from "./cli-error.ts";
import { interruptible } from "./interrupt.ts";
import { givenJson } from "./given-json.ts";
import { isoTime } from "./past-time.ts";
import { printJson, printLines, printText } from "./print/result.ts";
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
    .option("--from-line <number>", "with --ndjson: go on with this line (default: 1)")
    .action((name: string | undefined, flags: SendFlags) =>
      flags.ndjson === undefined ? sendOne(name, flags) : sendMany(name, flags.ndjson, flags),
    );
}

async function sendOne(name: string | undefined, flags: SendFlags): Promise<void> {
  if (name === undefined) throw new CliError("CLI_BAD_CHOICE", "which event? millrace send order/placed --data '{\"order\":1}'");
  const { data, key, subject, id = randomId(), time } = flags;
  if (flags.fromLine !== undefined) throw new CliError("CLI_BAD_CHOICE", "--from-line is of a file: it goes with --ndjson");
  const at = time === undefined ? undefined : isoTime(time);
  if (Number.isNaN(at)) throw new CliError("CLI_BAD_TIME", `--time is an ISO 8601 time such as 2026-11-20T08:00:00Z, not "${time}"`);
  const event: EventToSend = {
    name,
    data: data === undefined ? null : await givenJson("--data", data),
    id,
    ...(key === undefined ? {} : { key }),
    ...(subject === undefined ? {} : { subject }),
    ...(at === undefined ? {} : { time: at }),
  };
  const again = commandAgain(flags.id === undefined ? { add: ["--id", id] } : {});
  const unknown = `The event may be in the log, or not: this sends it so that it counts once: ${again}`;
  const client = clientOf(flags);
  const { events } = await interruptible(
    () => unknown,
    (signal) => sent(client, event, unknown, signal),
  );
  for (const one of events) {
    if (flags.json === true) printJson(one);
    else printText(`${one.id}  ${one.topic}/${one.partition}/${one.offset}`);
  }
}

/** `unknown`: what to do where nobody knows whether the log has it. */
async function sent(client: ApiClient, event: EventToSend, unknown: string, signal: AbortSignal): Promise<SentEvents> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await client.post<SentEvents>("/events", event, signal);
    } catch (error) {
      // What was said no to is not in the log, and is refused again.
      if (error instanceof ApiError && error.status < 500 && !error.isPassing) throw error;
      if (attempt === 1 && wasUnheard(error)) throw error;
      if (!(error instanceof ApiError) || !error.isPassing || attempt === ATTEMPTS) {
        throw advised(error, unknown);
      }
      await sleep(1_000 * (error.retryAfter ?? attempt), undefined, { signal });
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
