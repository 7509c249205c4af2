// millrace send: one event, or a file of them, through a server.
import type { Command } from "commander";
import { randomId } from "../engine/core/ids.ts";
import type { EventToSend } from "../server/contract/events.ts";
import { wholeNumber } from "./app-log.ts";
import { sayAgain } from "./client/asked-again.ts";
import { commandAgain } from "./client/command-again.ts";
import { asksServer, clientOf, type ServerFlags } from "./client/server-flags.ts";
import { CliError } from "./cli-error.ts";
import { interruptible } from "./interrupt.ts";
import { givenJson } from "./given-json.ts";
import { isoTime } from "./past-time.ts";
import { printJson, printLines, printText } from "./print/result.ts";
import { doubtOf, sendEvent } from "./sending/send-event.ts";
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
  const client = clientOf(flags);
  const { events } = await interruptible(
    () => doubtOf(again),
    (signal) => sendEvent(client, event, { again, signal, onAgain: sayAgain }),
  );
  for (const one of events) {
    if (flags.json === true) printJson(one);
    else printText(`${one.id}  ${one.topic}/${one.partition}/${one.offset}`);
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
