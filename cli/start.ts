// millrace start: the role workflow-engine, as a command.
import type { Command } from "commander";
import { runWorkflowEngine } from "../consumers/workflow-engine.ts";

export function startCommand(command: Command): Command {
  return command
    .description("start the app that a module exports as `app` or by default; SIGTERM or SIGINT stops it in good order")
    .argument("<module>", "path of the module, .js or .ts")
    .action((module: string) => runWorkflowEngine(module, (line) => void process.stderr.write(`${line}\n`)));
}
