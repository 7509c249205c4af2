// A server of a real app, and its own history in a file that goes with it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { vi } from "vitest";
import type { HistoryDatabase } from "../../../consumers/run-history/database.ts";
import { silentLogger } from "../../../engine/observability/logger.ts";
import type { Millrace } from "../../../engine/sdk/millrace.ts";
import { createServer, type Server } from "../../../server/app.ts";
import { Hub } from "../../../server/live-hub.ts";
import { openWholeHistory } from "../../../server/whole-history.ts";

export interface Answer {
  readonly status: number;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into answers of all kinds
  readonly body: any;
}

export interface Served {
  readonly history: HistoryDatabase;
  readonly server: Server;
  /** GET; with a body, POST. */
  ask(path: string, body?: unknown): Promise<Answer>;
  /** Asks until the answer is like that. */
  until(path: string, isSo: (answer: Answer) => boolean): Promise<Answer>;
  close(): Promise<void>;
}

/** The app is started by the caller, if it is to be. */
export async function serve(app: Millrace): Promise<Served> {
  const directory = mkdtempSync(path.join(tmpdir(), "millrace-served-"));
  const { parts } = app;
  const { log, partitions } = await parts.connect();
  const { topics } = parts;
  const hub = new Hub();
  const whole = await openWholeHistory({
    file: path.join(directory, "history.db"),
    log,
    topics,
    partitions,
    live: hub,
    logger: silentLogger,
  });
  const history = whole.database;
  const served = { id: app.id, app, code: { module: "app.ts", parts }, log, topics, partitions, history };
  const server = createServer(served, { mode: "dev", access: { kind: "open" }, version: "0.0.0", logger: silentLogger, live: hub });

  const { url } = await server.listen({ host: "127.0.0.1", port: 0 });
  const ask = async (where: string, body?: unknown): Promise<Answer> => {
    const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } };
    const response = await fetch(`${url}/api/v1${where}`, init);
    return { status: response.status, body: await response.json() };
  };
  return {
    history,
    server,
    ask,
    until: (where, isSo) =>
      vi.waitFor(
        async () => {
          const answer = await ask(where);
          if (!isSo(answer)) throw new Error(`not yet: ${JSON.stringify(answer)}`);
          return answer;
        },
        { timeout: 10_000, interval: 20 },
      ),
    async close() {
      await server.close();
      await whole.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
