// millrace verify: state rebuilt from the first decision on, told by its digest (R1); whether the live task has the same, and whether the image
// leads to it.
import type { Command } from "commander";
import { MillraceError } from "../engine/core/errors.ts";
import { askDigest, type LiveDigest } from "../engine/replay/live-digests.ts";
import { isSameState, WRONG, wrongIn } from "../engine/replay/proof.ts";
import { verify, type VerifiedState } from "../engine/replay/verify.ts";
import { CliError } from "./cli-error.ts";
import { partitionsOf, wholeNumber, withAppLog, withLogFlags, type AppLog, type LogFlags } from "./app-log.ts";
import { progressOf } from "./progress.ts";
import { say } from "./say.ts";

interface VerifyFlags extends LogFlags {
  readonly partition?: string;
  readonly lsn?: string;
  readonly live: boolean;
  readonly liveTimeout: string;
  readonly requireLive?: true;
}

export function verifyCommand(command: Command): Command {
  return withLogFlags(command)
    .description(
      "rebuild state from the journal's first entry and compare it with the running tasks and with the image; a line of JSON a partition. Exits with 1 where something differs",
    )
    .option("--partition <number>", "only this partition")
    .option("--lsn <number>", "rebuild no further than this frame, and compare with no running task (default: to the end)")
    .option("--no-live", "do not ask the running tasks")
    .option("--live-timeout <seconds>", "how long a running task is waited for", "10")
    .option("--require-live", "exit with 1 where a partition has no running task that answers")
    .action((flags: VerifyFlags) => withAppLog(flags, (app) => printDigests(app, flags)));
}

async function printDigests(app: AppLog, flags: VerifyFlags): Promise<void> {
  checkCanAsk(app, flags);
  const partitions = partitionsOf(app, flags.partition);
  const untilLsn = flags.lsn === undefined ? undefined : wholeNumber("--lsn", flags.lsn);
  // Whoever reads an embedded log has it alone: nobody runs.
  const mayAsk = flags.live && untilLsn === undefined && !app.isAlone;
  const timeoutMs = 1_000 * wholeNumber("--live-timeout", flags.liveTimeout);
  const answers = await Promise.all(
    partitions.map((partition) => (mayAsk ? askDigest({ ...app, partition, timeoutMs }) : Promise.resolve(null))),
  );
  const progress = progressOf("verify");
  let proved = 0;
  for (const [index, partition] of partitions.entries()) {
    const live = answers[index] ?? null;
    try {
      const verified = await verify({
        ...app,
        partition,
        ...(live === null ? (untilLsn === undefined ? {} : { untilLsn }) : { untilLsn: live.lsn }),
        onProgress: ({ offset, end, records }) =>
          progress.at(
            index + offset / Math.max(end, 1),
            partitions.length,
            `partition ${partition}: ${records.toLocaleString("en")} decisions`,
          ),
      });
      progress.end();
      const compared = live === null ? {} : { live: { digest: live.digest, isEqual: isSameState(live, verified) } };
      process.stdout.write(`${JSON.stringify({ partition, ...verified, ...compared })}\n`);
      if (untilLsn !== undefined && verified.lsn < untilLsn) {
        say(`partition ${partition}: its journal ends with frame ${verified.lsn}, before ${untilLsn}`);
      }
      check(partition, live, verified);
      if (live !== null) proved += 1;
    } catch (error) {
      progress.end();
      // The others are as worth knowing.
      if (!(error instanceof MillraceError)) throw error;
      process.exitCode = 1;
      say(`${error.code}: ${error.message}`);
    }
  }
  if (mayAsk) say(`${proved} of ${partitions.length} partitions are proved equal to their running tasks`);
  for (const [index, partition] of partitions.entries()) {
    if (mayAsk && answers[index] === null) say(`partition ${partition}: no running task answered`);
  }
  if (flags.requireLive === true && proved < partitions.length) process.exitCode = 1;
}

/** What nobody can answer is not required. @throws CliError `CLI_BAD_CHOICE`, `CLI_EMBEDDED` */
function checkCanAsk({ isAlone }: AppLog, { requireLive, live, lsn }: VerifyFlags): void {
  if (requireLive !== true) return;
  if (!live || lsn !== undefined) {
    throw new CliError(
      "CLI_BAD_CHOICE",
      `--require-live wants answers of running tasks, and ${live ? "--lsn" : "--no-live"} asks none: choose one`,
    );
  }
  if (isAlone) {
    throw new CliError(
      "CLI_EMBEDDED",
      "an embedded log is for one process at a time, so no running task answers while this command has it: leave out --require-live, or verify in the dashboard of `millrace dev`",
    );
  }
}

function check(partition: number, live: LiveDigest | null, verified: VerifiedState): void {
  const wrong = wrongIn(verified, live);
  if (wrong !== null)
    throw new CliError(wrong === "state" ? "CLI_STATE_WRONG" : "CLI_IMAGE_WRONG", `partition ${partition}: ${WRONG[wrong]}`);
}
