// millrace worker: the role workflow-engine, as a command.
import type { Command } from "commander";
import { runWorkflowEngine } from "../consumers/workflow-engine.ts";
import { loadRunnableApp } from "./app-module.ts";
import { checkAgainstCode, settingsOf, withSettings, type SettingFlags } from "./command-settings.ts";
import { openHealthPort } from "./health-port.ts";
import { moduleFile } from "./module-file.ts";
import { say } from "./say.ts";

export function workerCommand(command: Command): Command {
  return withSettings(command, ["worker.host", "worker.port"])
    .description("run the functions of the app that a module exports; SIGTERM or SIGINT stops it in good order")
    .argument("[module]", 'path of the module (default: "millrace" of package.json, else app.ts, src/app.ts, index.ts)')
    .action(async (module: string | undefined, flags: SettingFlags) => {
      const settings = settingsOf(flags);
      const app = await loadRunnableApp(moduleFile(module));
      checkAgainstCode(settings, app.parts, say);
      const { host, port } = settings.values.worker;
      await runWorkflowEngine(app, say, () => openHealthPort(app, { host, port }));
    });
}
