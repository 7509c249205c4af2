// GET /app: what this server serves, and what the caller may do.
import { AppInfo } from "../contract/app.ts";
import { actorOf, type Api } from "../http/api.ts";
import { json, route } from "../http/route.ts";
import { liveWorkersOf } from "../partitions/live-workers-of.ts";
import type { HistoryProgress, ServedApp } from "../served-app.ts";

/** What the app itself does not know. */
export interface AppFacts {
  readonly mode: AppInfo["mode"];
  readonly version: string;
  readonly logLink: string | null;
  readonly history: HistoryProgress | null;
}

const show = route("read", {
  method: "get",
  path: "/app",
  summary: "What this server serves, and what the caller may do",
  responses: { 200: { description: "The app", content: json(AppInfo) } },
});

export function appResource(api: Api, served: ServedApp, { mode, version, logLink, history }: AppFacts): void {
  const liveWorkers = liveWorkersOf(served);

  api.openapi(show, async (c) => {
    const workers = await liveWorkers.look();
    return c.json(
      {
        id: served.id,
        version,
        mode,
        log: served.log.description,
        partitions: served.partitions,
        workers: workers?.length ?? null,
        scopes: [...c.get("scopes")],
        actor: actorOf(c),
        hasCode: served.code !== null,
        logLink,
        historyLag: history === null ? 0 : history.lag(),
        gaps: [...(history?.gaps() ?? [])],
      },
      200,
    );
  });
}
