// millrace erase: the data of a subject, for good.
import type { Command } from "commander";
import { erasedInWords } from "../engine/sealing/erased-in-words.ts";
import { keysOfLog } from "../engine/sealing/keys-of-log.ts";
import { loadParts } from "./app-module.ts";
import { toStandardError, withAppLog, withLogFlags, withLogOf, type AppLog, type LogFlags } from "./app-log.ts";
import { CliError } from "./cli-error.ts";
import { printingAside } from "./printing-aside.ts";

interface EraseFlags extends Omit<LogFlags, "app"> {
  readonly app?: string;
  readonly subject: string;
  readonly json?: true;
}

export function eraseCommand(command: Command): Command {
  const flags = withLogFlags(command);
  for (const option of flags.options) if (option.long === "--app") option.makeOptionMandatory(false);
  return flags
    .description("erase the data of a subject: from then on nobody can read it, and its open runs fail")
    .argument("[module]", "of the app, which says where its log is; or --app")
    .requiredOption("--subject <subject>", "as it was given to `send`")
    .option("--json", "the number of keys as JSON")
    .action(erase);
}

async function erase(module: string | undefined, flags: EraseFlags): Promise<void> {
  const { app, ...rest } = flags;
  if (module === undefined) {
    if (app === undefined) throw new CliError("CLI_NO_APP", "whose data? Name the module of the app, or --app and where its log is");
    return withAppLog({ ...rest, app }, (opened) => eraseIn(opened, app, flags));
  }
  if (app !== undefined) throw new CliError("CLI_NO_APP", "a module says which app it is: leave out --app, or the module");
  const { options, codec } = await printingAside(() => loadParts(module));
  return withLogOf({ ...options, codec }, (opened) => eraseIn(opened, options.id, flags));
}

async function eraseIn({ log, topics }: AppLog, app: string, { subject, json }: EraseFlags): Promise<void> {
  const ring = await keysOfLog({ log, topic: topics.keys, app, logger: toStandardError });
  if (ring === null) {
    throw new CliError(
      "CLI_NOT_ERASABLE",
      `the log has no topic ${topics.keys}: the app seals nothing, so nothing can be erased. \`erasable: true\` has it do so for what is sent from then on`,
    );
  }
  try {
    const keys = await ring.erase(subject);
    process.stdout.write(json === true ? `${JSON.stringify({ keys })}\n` : `${erasedInWords(keys, log.description)}\n`);
  } finally {
    await ring.close();
  }
}
