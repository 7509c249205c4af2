// The settings of a command: flags for those that it takes, and what flags, environment and file say together.
import { Option, type Command } from "commander";
import { ConfigurationError } from "../engine/core/configuration-error.ts";
import { placesOf } from "../engine/config/given-settings.ts";
import { setOutside } from "../engine/config/outside.ts";
import { SETTINGS } from "../engine/config/setting-list.ts";
import { readSettings, type Settings } from "../engine/config/settings.ts";
import type { AppParts } from "../engine/sdk/app-parts.ts";

/** As commander has what a command was called with. */
export type SettingFlags = Readonly<Record<string, unknown>> & { readonly config?: string };

/** Of every command that runs an app or looks at one. */
const OF_THE_APP: readonly string[] = ["log.kind", "log.brokers", "log.path", "topicPrefix", "partitions"];
export const OF_THE_SERVER: readonly string[] = [
  "server.host",
  "server.port",
  "server.tokens",
  "server.login",
  "server.history",
  "server.cors",
  "server.logLink",
  "server.alerts.url",
];

export const OF_DEV: readonly string[] = ["server.host", "server.port", "server.history", "server.logLink"];

/** Those of every app, and those that are named. */
export function withSettings(command: Command, more: readonly string[]): Command {
  const names = [...more, ...OF_THE_APP];
  for (const { name, flag, says, environment } of SETTINGS) {
    if (flag !== null && names.includes(name)) command.addOption(new Option(flag, `${says} (${environment})`));
  }
  return command.option("--config <file>", "of settings, in JSON (default: millrace.json, where it is there)");
}

/** `more`: as given to `withSettings`. From here on an app that is made in this process goes by them. @throws ConfigurationError `INVALID_SETTINGS` */
export function settingsOf(flags: SettingFlags, more: readonly string[]): Settings {
  const settings = readSettings({ flags, taken: [...more, ...OF_THE_APP], environment: process.env, file: flags.config });
  setOutside(settings.given.tree);
  return settings;
}

/** Of commands that run an app, or look at what it counts with. */
export function tellUnread({ unread }: Settings, tell: (line: string) => void): void {
  if (unread.length > 0) tell(`${unread.join(", ")}: no settings of Millrace, which reads nothing of them`);
}

/** Where the code of an app says something else than somebody outside: a flag is refused, of others `tell` hears. @throws ConfigurationError */
export function checkAgainstCode({ values, given }: Settings, { options }: Pick<AppParts, "options">, tell: (line: string) => void): void {
  const { app: _, server: __, worker: ___, client: ____, ...ofApp } = values;
  const inForce = new Map(placesOf(options));
  for (const [place, value] of placesOf(ofApp)) {
    const origin = given.originOf(place);
    if (origin === null || JSON.stringify(inForce.get(place)) === JSON.stringify(value)) continue;
    const problem = `${origin.name} sets ${place} otherwise than the app's code, which counts`;
    if (origin.kind !== "flag") tell(`${problem}. Leave it out of the code, to set it from outside`);
    else throw new ConfigurationError("INVALID_SETTINGS", `${problem}. Leave it out of the code, or leave ${origin.name} out`);
  }
}
