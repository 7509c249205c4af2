// Which server a command asks: by its flags, else the environment, else a file of settings, else the one of this machine.
import { Option, type Command } from "commander";
import { SETTINGS } from "../../engine/config/setting-list.ts";
import { settingsOf, type SettingFlags } from "../command-settings.ts";
import { ApiClient } from "./api-client.ts";
import { sayAgain, type TellAgain } from "./asked-again.ts";

/** As commander has them. */
export interface ServerFlags {
  readonly server?: string;
  readonly token?: string;
  readonly config?: string;
  readonly json?: true;
}

const OF_THE_CLIENT = ["client.server", "client.token"];

export function withServerFlags(command: Command): Command {
  for (const { name, flag, says, environment } of SETTINGS) {
    if (flag !== null && OF_THE_CLIENT.includes(name)) command.addOption(new Option(flag, `${says} (${environment})`));
  }
  return command;
}

/** `--server`, `--token`, `--config` and `--json`. */
export function asksServer(command: Command, json = "a line of JSON each"): Command {
  return withServerFlags(command)
    .option("--config <file>", "of settings, in JSON (default: millrace.json, where it is there)")
    .option("--json", json);
}

/** `onAgain`: who hears that something is asked again. @throws ConfigurationError `INVALID_SETTINGS` */
export function clientOf(flags: ServerFlags, onAgain: TellAgain = sayAgain): ApiClient {
  const { client, server } = settingsOf(flags as SettingFlags, OF_THE_CLIENT).values;
  const url = client.server ?? `http://127.0.0.1:${server.port}`;
  return new ApiClient({ url: url.replace(/\/+$/, ""), token: client.token ?? null }, { onAgain });
}
