// millrace start: an app with its API and dashboard, for those who have a token. Without a module, API and dashboard alone: workers run elsewhere.
import { existsSync } from "node:fs";
import type { Command } from "commander";
import { runWorkflowEngine, type App } from "../consumers/workflow-engine.ts";
import type { Settings } from "../engine/config/settings.ts";
import { ConfigurationError } from "../engine/core/configuration-error.ts";
import { Millrace } from "../engine/sdk/millrace.ts";
import { TopicError } from "../engine/worker/topic-setup.ts";
import { loadRunnableApp, type LoadedApp } from "./app-module.ts";
import { CliError } from "./cli-error.ts";
import { loadCodec } from "./codec-module.ts";
import { checkAgainstCode, OF_THE_SERVER, settingsOf, withSettings, type SettingFlags } from "./command-settings.ts";
import { moduleFile } from "./module-file.ts";
import { say } from "./say.ts";
import { serveApp } from "./serve-app.ts";
import { isThisMachine } from "./this-machine.ts";

interface StartFlags extends SettingFlags {
  readonly codec?: string;
}

const TAKEN = ["app", ...OF_THE_SERVER];

export function startCommand(command: Command): Command {
  return withSettings(command, TAKEN)
    .description("run an app with its API and dashboard, for those who have a token; with --app and no module, API and dashboard alone")
    .argument("[module]", 'path of the module (default: "millrace" of package.json, else app.ts, src/app.ts, index.ts)')
    .option("--codec <module>", "without a module: one that exports what the app encrypts with as `codec`")
    .action(async (named: string | undefined, flags: StartFlags) => {
      const settings = settingsOf(flags, TAKEN);
      const { server, app: id } = settings.values;
      checkLogin(server);
      const module = named === undefined && id !== undefined ? null : moduleFile(named);
      const app = module === null ? await appWithoutCode(id ?? "", flags.codec) : await loadRunnableApp(module);
      if (module !== null) checkAgainstCode(settings, app.parts, say);
      const running: App = module === null ? { id: app.id, start: () => Promise.resolve(), stop: () => app.stop() } : app;
      await runWorkflowEngine(running, say, async () => {
        const serving = await serveApp({ app, module, mode: "start", settings: server });
        say(`API and dashboard at ${serving.url}`);
        return serving;
      });
    });
}

/** @throws CliError `CLI_NO_TOKENS` */
function checkLogin({ login, tokens, host }: Settings["values"]["server"]): void {
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

/** Declares nothing; may send and command all the same. An app that is not there is not made. @throws CliError `CLI_NO_APP`, `CLI_EMBEDDED` */
async function appWithoutCode(id: string, codecModule: string | undefined): Promise<LoadedApp> {
  const codec = codecModule === undefined ? null : await loadCodec(codecModule);
  const bare = { id, createTopics: false, ...(codec === null ? {} : { codec }) };
  const app = new Millrace(bare);
  const { options, topics, connect } = app.parts;
  if (options.log.kind === "embedded") {
    throw new CliError(
      "CLI_EMBEDDED",
      "an embedded log is for one process at a time, so that no workers can run elsewhere: name the module of the app, or Kafka by --brokers",
    );
  }
  try {
    await connect();
    return app;
  } catch (cause) {
    // It seals data of subjects: so does what is sent from here, and the keys open what is shown.
    if (cause instanceof ConfigurationError && cause.code === "NOT_ERASABLE") return new Millrace({ ...bare, erasable: true });
    if (!(cause instanceof TopicError) || cause.code !== "TOPICS_MISSING") throw cause;
    const message = `there are no topics of an app ${topics.journal.replace(/\.journal$/, "")}: check --app, --topic-prefix and --brokers. The first worker makes them`;
    throw new CliError("CLI_NO_APP", message, { cause });
  }
}
