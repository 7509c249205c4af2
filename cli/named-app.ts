// Which app a command is about that has no module of it.
import { settingsOf } from "./command-settings.ts";
import { CliError } from "./cli-error.ts";

export interface AppFlags {
  readonly app?: string;
  readonly config?: string;
}

/**
 * By `--app`, else the environment, else the file of settings. What flags leave out of the rest, environment and file say from here on.
 * @throws CliError `CLI_APP_UNNAMED`; ConfigurationError `INVALID_SETTINGS`
 */
export function namedApp({ app, config }: AppFlags): string {
  const { values } = settingsOf(config === undefined ? {} : { config }, []);
  const named = app ?? values.app;
  if (named !== undefined) return named;
  throw new CliError("CLI_APP_UNNAMED", 'which app? Name it with --app, by MILLRACE_APP, or as "app" in millrace.json');
}
