// millrace dev: an app under development, with its API and dashboard, begun anew whenever its code changes.
import type { Command } from "commander";
import { CliError } from "./cli-error.ts";
import { OF_DEV, settingsOf, tellUnread, withSettings, type SettingFlags } from "./command-settings.ts";
import { watchAndRun } from "./dev/watch-and-run.ts";
import { moduleFile } from "./module-file.ts";
import { isThisMachine } from "./this-machine.ts";
import { say } from "./say.ts";
import { untilDone } from "./unread-output.ts";

export function devCommand(command: Command): Command {
  return withSettings(command, OF_DEV)
    .description("run an app with its API and dashboard, without a login, and begin it anew when its code changes")
    .argument("[module]", 'path of the module (default: "millrace" of package.json, else app.ts, src/app.ts, index.ts)')
    .action(async (module: string | undefined, flags: SettingFlags) => {
      using _ = untilDone();
      const settings = settingsOf(flags, OF_DEV);
      const { host, port } = settings.values.server;
      tellUnread(settings, say);
      if (!isThisMachine(host)) {
        throw new CliError(
          "CLI_NO_TOKENS",
          `millrace dev has no login, and ${host} is open to others: leave out --host, or use millrace start`,
        );
      }
      await watchAndRun({ module: moduleFile(module), at: { host, port }, flags, say });
    });
}
