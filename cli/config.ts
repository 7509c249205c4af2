// millrace config: the settings that would count here, and where each comes from.
import type { Command } from "commander";
import { placesOf } from "../engine/config/given-settings.ts";
import { SECRET_NAMES, SETTINGS } from "../engine/config/setting-list.ts";
import type { Settings } from "../engine/config/settings.ts";
import { checkNamed, loadParts } from "./app-module.ts";
import { OF_THE_SERVER, settingsOf, tellUnread, withSettings, type SettingFlags } from "./command-settings.ts";
import { moduleFile } from "./module-file.ts";
import { printingAside } from "./printing-aside.ts";
import { say } from "./say.ts";

interface ConfigFlags extends SettingFlags {
  readonly app?: string;
  readonly json?: true;
}

interface ShownSetting {
  readonly name: string;
  readonly value: unknown;
  /** A flag, a variable of the environment, a file, `the app's code`, or `default`. */
  readonly origin: string;
}

const TAKEN = ["app", ...OF_THE_SERVER];

export function configCommand(command: Command): Command {
  return withSettings(command, TAKEN)
    .description("print the settings in force and where each comes from; of passwords, whether they are set")
    .argument("[module]", "of an app, to print what it counts with; without one, its code is not asked")
    .option("--json", "a line of JSON a setting")
    .action(async (module: string | undefined, flags: ConfigFlags) => {
      const settings = settingsOf(flags, TAKEN);
      tellUnread(settings, say);
      const parts = module === undefined ? null : await printingAside(() => loadParts(moduleFile(module)));
      if (parts !== null) checkNamed(flags.app, parts.options);
      const options = parts === null ? null : { ...parts.options };
      const shown = shownSettings(settings, options);
      process.stdout.write(flags.json === true ? shown.map((one) => `${JSON.stringify(one)}\n`).join("") : table(shown));
    });
}

/** `options`: what an app counts with; null where no code is asked. */
export function shownSettings({ values, given }: Settings, options: Readonly<Record<string, unknown>> | null): readonly ShownSetting[] {
  const said = new Map(placesOf(values));
  const ofCode =
    options === null ? [] : placesOf(options).filter(([place]) => !place.startsWith("sources") && !place.startsWith("skipMissing"));
  const inForce = new Map([...said, ...ofCode]);
  // What the code has of another kind of log does not count.
  if (options !== null)
    for (const place of said.keys()) if (place.startsWith("log.") && !ofCode.some(([name]) => name === place)) inForce.delete(place);
  return [...inForce]
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => {
      const isSaid = same(said.get(name), value) || (name === "log.kind" && value === "embedded");
      // A kind of log that nobody names follows from brokers that somebody does.
      const named = given.originOf(name) ?? (name === "log.kind" && value === "kafka" ? given.originOf("log.brokers") : null);
      const origin = isSaid || named !== null ? (named?.name ?? "default") : "the app's code";
      return { name: name === "id" ? "app" : name, value: isSecret(name) ? "(set)" : value, origin };
    })
    .toSorted((a, b) => a.name.localeCompare(b.name, "en"));
}

function isSecret(name: string): boolean {
  const listed = SETTINGS.find((setting) => setting.name === name);
  if (listed !== undefined) return listed.isSecret === true;
  return SECRET_NAMES.some((secret) => name === secret || name.startsWith(`${secret}.`));
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function table(shown: readonly ShownSetting[]): string {
  const rows = shown.map(({ name, value, origin }) => [name, typeof value === "string" ? value : JSON.stringify(value), origin] as const);
  const width = (column: 0 | 1): number => Math.min(60, Math.max(0, ...rows.map((row) => row[column].length)));
  return rows.map(([name, value, origin]) => `${name.padEnd(width(0))}  ${value.padEnd(width(1))}  ${origin}\n`).join("");
}
