// millrace upgrade: which format an app's workers write, and raising it when all of them read the next.
import { hostname } from "node:os";
import type { Command } from "commander";
import { finalizeUpgrade, upgradeStatus } from "../engine/worker/upgrade.ts";
import { audited } from "./audited.ts";
import { withAppLog, withLogFlags, type LogFlags } from "./app-log.ts";

export function upgradeCommand(command: Command): Command {
  command.description("raise the format of an app's journals, after every worker runs the newer version");
  withLogFlags(command.command("status"))
    .description("print the format that is written, the newest of this version, and what each live worker reads, as JSON")
    .action((flags: LogFlags) =>
      withAppLog(flags, async ({ log, topics }) => {
        process.stdout.write(`${JSON.stringify(await upgradeStatus({ log, topics }))}\n`);
      }),
    );
  withLogFlags(command.command("finalize"))
    .description("have all workers write the newest format of this version; refused while one lives that cannot read it. No way back")
    .action((flags: LogFlags) =>
      withAppLog(flags, async ({ id, log, topics, createTopics }) => {
        const { from, to } = await audited({ log, topics, createTopics }, { operation: "upgrade.finalize", target: id }, () =>
          finalizeUpgrade({ log, topics, by: hostname(), now: Date.now() }),
        );
        process.stdout.write(`${JSON.stringify({ from, to })}\n`);
      }),
    );
  return command;
}
