// millrace worker: the role workflow-engine, as a command.
import type { Command } from "commander";
import { checkNotStarted, loadApp, runWorkflowEngine } from "../consumers/workflow-engine.ts";
import { loadRunnableApp, wholeApp } from "./app-module.ts";
import { checkAgainstCode, settingsOf, tellUnread, withSettings, type SettingFlags } from "./command-settings.ts";
import { endSoon } from "./end-process.ts";
import { openHealthPort } from "./health-port.ts";
import { moduleFile } from "./module-file.ts";
import { say } from "./say.ts";
import { untilDone } from "./unread-output.ts";

const OF_THE_WORKER = ["worker.host", "worker.port"];

export function workerCommand(command: Command): Command {
  return withSettings(command, OF_THE_WORKER)
    .description("run the functions of the app that a module exports; SIGTERM or SIGINT stops it in good order")
    .argument("[module]", 'path of the module (default: "millrace" of package.json, else app.ts, src/app.ts, index.ts)')
    .action(async (named: string | undefined, flags: SettingFlags) => {
      using _ = untilDone();
      const settings = settingsOf(flags, OF_THE_WORKER);
      tellUnread(settings, say);
      const module = moduleFile(named);
      const { host, port } = settings.values.worker;
      const loaded = await loadApp(module);
      const app = wholeApp(loaded);
      if (app === null && port === 0) {
        await runWorkflowEngine(loaded, say);
        return endSoon(loaded.id, say);
      }
      const runnable = app ?? (await loadRunnableApp(module));
      checkNotStarted(runnable, runnable.parts.hasBegun);
      checkAgainstCode(settings, runnable.parts, say);
      await runWorkflowEngine(runnable, say, () => openHealthPort(runnable, { host, port }));
      endSoon(runnable.id, say);
    });
}
