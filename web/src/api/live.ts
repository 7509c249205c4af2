// What changes while people look: the server tells, and what is shown is asked for again. Lost connections come back by themselves.
import type { QueryClient } from "@tanstack/react-query";

import type { LiveMessage } from "../../../server/contract/live.ts";
import { Store } from "../store.ts";
import { ask } from "./client.ts";
import { KEYS } from "./keys.ts";
import { isSeen, untilSeen, whileSeen } from "./looked-at.ts";
import { ApiProblem } from "./problem.ts";
import { serverSentEvents } from "./server-sent-events.ts";
import { Staleness, type Key } from "./staleness.ts";

export const connection = new Store<"connecting" | "live" | "lost">("connecting");
/** Why the app does not run (`millrace dev`): its code cannot be loaded; null: it can. */
export const codeProblem = new Store<string | null>(null);

/** The server says something every 15 seconds, be it that there is nothing to say. */
const LONGEST_SILENCE_MS = 40_000;
const LONGEST_WAIT_MS = 15_000;
/** Somebody is mending the code, and looks. */
const MENDING_WAIT_MS = 1_000;

/** Until aborted, and while somebody looks at the page. */
export async function followLive(queries: QueryClient, signal: AbortSignal): Promise<void> {
  const stale = new Staleness(queries, isSeen);
  document.addEventListener("visibilitychange", () => stale.look(), { signal });
  signal.addEventListener("abort", () => stale.close());
  let waitMs = 500;
  let isFirst = true;
  while (!signal.aborted) {
    if (!isSeen()) isFirst = false;
    await untilSeen(signal);
    if (signal.aborted) return;
    const looking = whileSeen(signal);
    try {
      const response = await ask("GET", "/live", { signal: looking.signal });
      if (response.body === null) throw new Error("an empty answer");
      connection.set("live");
      codeProblem.set(null);
      // What happened while nobody listened is not told again.
      if (!isFirst) void queries.invalidateQueries({ predicate: ({ queryKey: [kind] }) => kind !== KEYS.preview[0] });
      waitMs = 500;
      for await (const { data } of serverSentEvents(response.body, { longestSilenceMs: LONGEST_SILENCE_MS })) {
        const message = JSON.parse(data) as LiveMessage;
        if (message.type === "reloaded") codeProblem.set(message.problem);
        stale.hear(keysOf(message));
      }
    } catch (error) {
      if (error instanceof ApiProblem && error.code === "APP_NOT_RUNNING") {
        codeProblem.set(error.message);
        waitMs = MENDING_WAIT_MS;
      }
    } finally {
      looking.end();
    }
    // Neither is what happened before the first time that anybody could listen.
    isFirst = false;
    if (signal.aborted) return;
    if (looking.signal.aborted) {
      connection.set("connecting");
      continue;
    }
    connection.set("lost");
    await pause(waitMs * (0.75 + Math.random() / 2), signal);
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
  }
}

function keysOf(message: LiveMessage): readonly Key[] {
  switch (message.type) {
    case "runs":
      return [KEYS.runs, ...(message.ids === null ? [KEYS.run] : message.ids.map((id) => [...KEYS.run, id]))];
    case "events":
      return [KEYS.events];
    case "functions":
      return [KEYS.functions];
    case "partitions":
      return [KEYS.partitions, KEYS.lag, KEYS.consumers];
    case "dead-letters":
      return [KEYS.deadLetters];
    case "operation":
      return [KEYS.operations, KEYS.replays, KEYS.backfills, [...KEYS.operations, message.id]];
    case "reloaded":
      return [KEYS.app, KEYS.functions, KEYS.eventTypes];
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
  });
}
