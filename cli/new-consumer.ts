// millrace new consumer: writes a working consumer service, with its test, into the user's project.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Command } from "commander";
import { CliError } from "./cli-error.ts";
import { consumerFiles } from "./new-consumer-files.ts";

interface NewConsumerFlags {
  readonly app?: string;
  readonly event?: readonly string[];
  readonly dir: string;
}

const MAX_EVENT = 256;
const APP = /^[a-zA-Z0-9._-]{1,100}$/;
const NAME = /^[a-zA-Z][\w-]{0,63}$/;

export function newCommand(command: Command): Command {
  command.description("write a working piece of a service into this project");
  command
    .command("consumer")
    .description("write a consumer with state and a handler, a service that runs it, and a test of both")
    .argument("<name>", "of the consumer, e.g. order-totals")
    .option("--app <id>", "the app whose events it reads (default: the name in package.json)")
    .option("--event <names...>", "events that it reads, e.g. order/placed order/cancelled (default: order/placed)")
    .option("--dir <directory>", "where its folder goes", "consumers")
    .action((name: string, flags: NewConsumerFlags) => write(name, flags));
  return command;
}

function write(name: string, { app = appName(), event: events = ["order/placed"], dir }: NewConsumerFlags): void {
  if (!NAME.test(name)) {
    throw new CliError(
      "CLI_BAD_NAME",
      `"${name}" cannot name a consumer: up to 64 letters, digits, dashes and underscores, a letter first`,
    );
  }
  if (!APP.test(app)) {
    throw new CliError("CLI_BAD_NAME", `"${app}" cannot name an app: up to 100 letters, digits, dots, dashes and underscores`);
  }
  for (const event of events) {
    if (event !== "" && event.length <= MAX_EVENT && !event.includes("*") && !event.startsWith("millrace/")) continue;
    throw new CliError(
      "CLI_BAD_NAME",
      `${JSON.stringify(event)} cannot stand in the map of events: a whole name of up to ${MAX_EVENT} characters can, that does not begin with "millrace/"`,
    );
  }
  const folder = path.join(dir, name);
  const files = Object.entries(consumerFiles({ name, app, events }));
  for (const [file] of files) {
    if (existsSync(path.join(folder, file))) {
      throw new CliError(
        "CLI_FILE_EXISTS",
        `${path.join(folder, file)} is there already, and is left as it is. Choose another name, or another --dir`,
      );
    }
  }
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of files) {
    writeFileSync(path.join(folder, file), text, { flag: "wx" });
    process.stdout.write(`${path.join(folder, file)}\n`);
  }
  process.stderr.write(`test it: node --test "${folder}/*.test.ts"\nstart it: npx millrace worker ${path.join(folder, "service.ts")}\n`);
}

/** Of this project, without its scope. */
function appName(): string {
  try {
    const { name } = JSON.parse(readFileSync("package.json", "utf8")) as { readonly name?: unknown };
    const bare = typeof name === "string" ? name.replace(/^@[^/]*\//, "") : "";
    if (APP.test(bare)) return bare;
  } catch {
    // Said below.
  }
  throw new CliError("CLI_BAD_NAME", "there is no package.json here whose name could be the app's: give --app");
}
