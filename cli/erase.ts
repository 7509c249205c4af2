// millrace erase: the data of a subject, for good. By a server; else in the log itself, which a module or --app names.
import type { Command } from "commander";
import { erasedInWords } from "../engine/sealing/erased-in-words.ts";
import { subjectHash } from "../engine/sealing/key-record.ts";
import { keysOfLog } from "../engine/sealing/keys-of-log.ts";
import type { Erased } from "../server/contract/subjects.ts";
import { loadParts } from "./app-module.ts";
import { toStandardError, withAppLog, withLogOf, type AppLog } from "./app-log.ts";
import { audited } from "./audited.ts";
import { CliError } from "./cli-error.ts";
import { onceAsked } from "./client/once-asked.ts";
import { clientOf } from "./client/server-flags.ts";
import { asksEither, logFlagsOf, type EitherFlags } from "./client/where.ts";
import { confirm } from "./confirm.ts";
import { printJson, printText } from "./print/result.ts";
import { printingAside } from "./printing-aside.ts";

interface EraseFlags extends EitherFlags {
  readonly subject: string;
  readonly yes?: true;
}

export function eraseCommand(command: Command): Command {
  return asksEither(command)
    .description("erase the data of a subject: from then on nobody can read it, and its open runs fail")
    .argument("[module]", "of the app, to go to its log and to no server")
    .requiredOption("--subject <subject>", "as it was given to `send`")
    .option("--yes", "without being asked: there is no way back")
    .action(erase);
}

async function erase(module: string | undefined, flags: EraseFlags): Promise<void> {
  const direct = logFlagsOf(flags);
  if (module !== undefined && (direct !== null || flags.server !== undefined || flags.token !== undefined)) {
    throw new CliError("CLI_BAD_CHOICE", "a module says which log to go to: leave out --app, --server and --token, or the module");
  }
  await confirm({ what: `erase the data of ${JSON.stringify(flags.subject)}`, isConfirmed: flags.yes === true });
  print(await erased(module, direct, flags), flags);
}

async function erased(module: string | undefined, direct: EraseFlags | null, flags: EraseFlags): Promise<Erased> {
  const { subject } = flags;
  if (direct !== null) return withAppLog(direct, (opened) => eraseIn(opened, subject));
  if (module === undefined) return onceAsked(clientOf(flags).post<Erased>("/subjects/erase", { subject }));
  const { options, codec } = await printingAside(() => loadParts(module));
  return withLogOf({ ...options, codec }, (opened) => eraseIn(opened, subject));
}

function print({ keys, detail }: Erased, { json }: EraseFlags): void {
  if (json === true) printJson({ keys });
  else printText(detail);
}

async function eraseIn({ id, log, topics, createTopics }: AppLog, subject: string): Promise<Erased> {
  const ring = await keysOfLog({ log, topic: topics.keys, app: id, logger: toStandardError });
  if (ring === null) {
    throw new CliError(
      "CLI_NOT_ERASABLE",
      `the log has no topic ${topics.keys}: the app seals nothing, so nothing can be erased. \`erasable: true\` has it do so for what is sent from then on`,
    );
  }
  try {
    // Who it was is told to nobody.
    const deed = { operation: "subject.erase", target: subjectHash(id, subject) };
    const keys = await audited({ log, topics, createTopics }, deed, () => ring.erase(subject));
    return { keys, detail: erasedInWords(keys, log.description) };
  } finally {
    await ring.close();
  }
}
