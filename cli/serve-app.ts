// An app, served: its log, a history of its runs, and API and dashboard on a port.
import path from "node:path";
import pino from "pino";
import type { Beside } from "../consumers/workflow-engine.ts";
import { logLevel, type LogOptions } from "../engine/config/options.ts";
import type { SettingValues } from "../engine/config/settings.ts";
import { systemClock } from "../engine/core/clock.ts";
import type { ServerAlertsTo } from "../server/alerts/server-alerts.ts";
import { createServer } from "../server/app.ts";
import { checkAuditTopic } from "../server/audit/audit-topic.ts";
import type { Access } from "../server/http/access.ts";
import type { ServerLimits } from "../server/http/limits.ts";
import { Hub } from "../server/live-hub.ts";
import { WatchedTokens } from "../server/tokens/watched-tokens.ts";
import { openWholeHistory } from "../server/whole-history.ts";
import type { LoadedApp } from "./app-module.ts";
import { cannotListen } from "./cannot-listen.ts";
import { packageFile, packageVersion } from "./package-file.ts";

export type ServerSettings = SettingValues["server"];

export interface ServeOptions {
  readonly app: LoadedApp;
  /** Null: this process has no code of the app; workers run elsewhere. */
  readonly module: string | null;
  /** `dev`: without a login. */
  readonly mode: "dev" | "start";
  /** Whether the topic of the audit may be made; where not, it has to be there. */
  readonly createTopics: boolean;
  readonly settings: Omit<ServerSettings, "alerts">;
  /** Where this server tells what it sees; null: nowhere. */
  readonly alerts: ServerAlertsTo | null;
}

export interface Serving extends Beside {
  readonly port: number;
  readonly url: string;
  /** For people. */
  readonly log: string;
}

/** Resolves when it listens. The app is not started here, nor stopped. @throws LogError; TopicError; HistoryError; TokenError; CliError */
export async function serveApp({ app, module, mode, createTopics, settings, alerts }: ServeOptions): Promise<Serving> {
  const { parts } = app;
  const { topics, options } = parts;
  const logger = pino({ name: app.id, level: logLevel() }).child({ part: "server" });
  const access: Access =
    mode === "dev" || !settings.login || settings.tokens === undefined
      ? { kind: "open" }
      : { kind: "tokens", tokens: new WatchedTokens(settings.tokens, { clock: systemClock, logger }) };
  const { log, partitions } = await parts.connect();
  if (!createTopics) await checkAuditTopic(log, topics);
  const live = new Hub();
  const file = settings.history ?? usualHistory(app.id, options.log);
  const history = await openWholeHistory({ file, log, topics, partitions, live, logger });
  let isStarted = false;
  const code = module === null ? null : { module, parts };
  const { cors, logLink, limits } = settings;
  const server = createServer(
    { id: app.id, app, code, log, topics, partitions, sealing: parts.sealing, history: history.database },
    {
      mode,
      access,
      version: packageVersion(),
      logger,
      live,
      history,
      cors,
      isStarted: () => isStarted,
      metrics: () => app.metrics(),
      dashboard: packageFile("dist-web"),
      ...(logLink === undefined ? {} : { logLink }),
      ...(alerts === null ? {} : { alerts: { to: alerts, badEnds: history.badEnds, meters: parts.meters } }),
      limits: Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit !== undefined)) as Partial<ServerLimits>,
    },
  );
  const close = async (): Promise<void> => {
    await server.close();
    await history.close();
  };
  try {
    const { port, url } = await server.listen(settings);
    return { port, url, log: log.description, started: () => void (isStarted = true), close };
  } catch (error) {
    await close();
    throw cannotListen(settings, "--port", error as NodeJS.ErrnoException);
  }
}

/** Beside an embedded log, where it is not in memory. */
function usualHistory(app: string, log: LogOptions): string {
  const folder = log.kind === "embedded" && log.path !== undefined && log.path !== ":memory:" ? log.path : ".millrace";
  return path.join(folder, `history-${app}.db`);
}
