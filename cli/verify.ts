// millrace verify: state rebuilt from the first decision on, told by its digest (R1), and whether the image leads to the same.
import type { Command } from "commander";
import { MillraceError } from "../engine/core/errors.ts";
import { verify } from "../engine/replay/verify.ts";
import { CliError } from "./cli-error.ts";
import { partitionsOf, wholeNumber, withAppLog, withLogFlags, type AppLog, type LogFlags } from "./app-log.ts";

interface VerifyFlags extends LogFlags {
  readonly partition?: string;
  readonly lsn?: string;
}

export function verifyCommand(command: Command): Command {
  return withLogFlags(command)
    .description("rebuild state from the journal and print its digest, to compare with `app.digests()`; a line of JSON a partition")
    .option("--partition <number>", "only this partition")
    .option("--lsn <number>", "rebuild no further than this frame (default: to the end)")
    .action((flags: VerifyFlags) => withAppLog(flags, (app) => printDigests(app, flags)));
}

async function printDigests(app: AppLog, flags: VerifyFlags): Promise<void> {
  const { log, topics } = app;
  const until = flags.lsn === undefined ? {} : { untilLsn: wholeNumber("--lsn", flags.lsn) };
  for (const partition of partitionsOf(app, flags.partition)) {
    try {
      const verified = await verify({ log, topics, partition, ...until });
      process.stdout.write(`${JSON.stringify({ partition, ...verified })}\n`);
      if (verified.image !== undefined && "isEqual" in verified.image && !verified.image.isEqual) throw imageWrong(partition);
    } catch (error) {
      // The others are as worth knowing.
      if (!(error instanceof MillraceError)) throw error;
      process.exitCode = 1;
      process.stderr.write(`${error.code}: ${error.message}\n`);
    }
  }
}

function imageWrong(partition: number): CliError {
  return new CliError(
    "CLI_IMAGE_WRONG",
    `the image of partition ${partition} leads to another state than its journal. This is a bug in Millrace: please report it. Until then, stop the workers and delete the topic of the image`,
  );
}
