// millrace start: an app with its API and dashboard, for those who have a token. Without a module, API and dashboard alone: workers run elsewhere.
import { existsSync } from "node:fs";
import type { Command } from "commander";
import { runWorkflowEngine, type App } from "../consumers/workflow-engine.ts";
import type { Settings } from "../engine/config/settings.ts";
import { checkNamed, loadRunnableApp } from "./app-module.ts";
import { appWithoutCode } from "./app-without-code.ts";
import { CliError } from "./cli-error.ts";
import { checkNoCodec } from "./codec-module.ts";
import { checkAgainstCode, OF_THE_SERVER, settingsOf, tellUnread, withSettings, type SettingFlags } from "./command-settings.ts";
import { endSoon } from "./end-process.ts";
import { moduleFile } from "./module-file.ts";
import { say } from "./say.ts";
import { serveApp } from "./serve-app.ts";
import { serverAlerts } from "./server-alerts.ts";
import { isThisMachine } from "./this-machine.ts";
import { untilDone } from "./unread-output.ts";

interface StartFlags extends SettingFlags {
  readonly app?: string;
  readonly codec?: string;
}

const TAKEN = ["app", ...OF_THE_SERVER];

export function startCommand(command: Command): Command {
  return withSettings(command, TAKEN)
    .description("run an app with its API and dashboard, for those who have a token; with --app and no module, API and dashboard alone")
    .argument("[module]", 'path of the module (default: "millrace" of package.json, else app.ts, src/app.ts, index.ts)')
    .option("--codec <module>", "without a module: one that exports what the app encrypts with as `codec`")
    .action(async (named: string | undefined, flags: StartFlags) => {
      using _ = untilDone();
      const settings = settingsOf(flags, TAKEN);
      const { server, app: id } = settings.values;
      tellUnread(settings, say);
      checkLogin(server, flags["tokens"] !== undefined);
      const alerts = serverAlerts(server.alerts);
      const module = named === undefined && id !== undefined ? null : moduleFile(named);
      if (module !== null) checkNoCodec(flags);
      const app =
        module === null ? await appWithoutCode({ id: id ?? "", codec: flags.codec, at: server, say }) : await loadRunnableApp(module);
      if (app === null) {
        say("told to end before the app was there");
        return endSoon(id ?? "", say);
      }
      if (module === null) say(`no module was named, so no code of ${app.id} runs here: its workers run elsewhere`);
      else {
        checkNamed(flags.app, app);
        checkAgainstCode(settings, app.parts, say);
      }
      const running: App = module === null ? { id: app.id, start: () => Promise.resolve(), stop: () => app.stop() } : app;
      await runWorkflowEngine(running, say, async () => {
        // One without code was made so that it makes none of an app's.
        const { createTopics } = module === null ? settings.values : app.parts.options;
        const serving = await serveApp({ app, module, mode: "start", createTopics, settings: server, alerts });
        say(`API and dashboard at ${serving.url}${server.login ? "" : ", without a login: whoever is on this machine may do everything"}`);
        return serving;
      });
      endSoon(app.id, say);
    });
}

/** @throws CliError `CLI_NO_TOKENS` */
function checkLogin({ login, tokens, host }: Settings["values"]["server"], isAsked: boolean): void {
  if (!login && isAsked) {
    throw new CliError(
      "CLI_BAD_CHOICE",
      "--tokens says who may call the API, and without a login everybody here may: leave out one of them",
    );
  }
  if (!login) {
    if (isThisMachine(host)) return;
    throw new CliError(
      "CLI_NO_TOKENS",
      `--no-login is for this machine alone, and ${host} is open to others: leave out --host, or give --tokens a file that \`millrace token create\` makes`,
    );
  }
  if (tokens === undefined) {
    throw new CliError(
      "CLI_NO_TOKENS",
      "who may call the API? `millrace token create me --tokens tokens.json --scopes read,send,payloads,operate` makes a file of tokens; then start with --tokens tokens.json. Or, on this machine alone, with --no-login",
    );
  }
  if (existsSync(tokens)) return;
  throw new CliError("CLI_NO_TOKENS", `there is no file ${tokens}: \`millrace token create <name> --tokens ${tokens}\` makes it`);
}
