// An app, served: its log, a history of its runs, and the API on a port.
import { mkdirSync } from "node:fs";
import path from "node:path";
import { RunHistory } from "../consumers/run-history/run-history-sink.ts";
import { openToAsk } from "../consumers/run-history/database.ts";
import type { CheckedOptions } from "../engine/config/options.ts";
import { runSink } from "../engine/worker/sink/run-sink.ts";
import { groupOf } from "../engine/task/app-topics.ts";
import { createServer } from "../server/app.ts";
import { toStandardError } from "./app-log.ts";
import type { LoadedApp } from "./app-module.ts";
import { packageVersion } from "./package-version.ts";

export interface ServeOptions {
  readonly app: LoadedApp;
  /** Null: this process has no code of the app; workers run elsewhere. */
  readonly module: string | null;
  readonly mode: "dev" | "start";
  /** A file. Null: the usual place. */
  readonly history: string | null;
  readonly at: { readonly host: string; readonly port: number };
}

export interface Serving {
  readonly port: number;
  readonly url: string;
  /** For people. */
  readonly log: string;
  /** Lets requests end, and stops the app. */
  close(): Promise<void>;
}

/** Resolves when it listens. The app is not started. @throws LogError; TopicError; HistoryError */
export async function serveApp({ app, module, mode, history, at }: ServeOptions): Promise<Serving> {
  const { parts } = app;
  const { log, partitions } = await parts.connect();
  const { topics } = parts;
  const file = history ?? usualHistory(app.id, parts.options.log);
  mkdirSync(path.dirname(file), { recursive: true });
  const sink = new RunHistory(file, { app: groupOf(topics), topic: topics.journal });
  const following = await runSink({
    log,
    sink,
    topics: [topics.journal],
    group: `${groupOf(topics)}.server-history`,
    logger: toStandardError,
  });
  const db = openToAsk(file);
  const code = module === null ? null : { module, parts };
  const server = createServer(
    { id: app.id, app, code, log, topics, partitions, history: db },
    { mode, version: packageVersion(), logger: toStandardError },
  );
  const { port, url } = await server.listen(at);
  return {
    port,
    url,
    log: log.description,
    async close() {
      await server.close();
      await following.close();
      db.close();
      sink[Symbol.dispose]();
      await app.stop();
    },
  };
}

/** Beside an embedded log, where it is not in memory. */
function usualHistory(app: string, log: CheckedOptions["log"]): string {
  const folder = log?.kind === "embedded" && log.path !== undefined && log.path !== ":memory:" ? log.path : ".millrace";
  return path.join(folder, `history-${app}.db`);
}
