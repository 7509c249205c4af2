// An app whose first worker has yet to make its topics: a server that comes up before it waits, as its clients may do meanwhile.
import { setTimeout as sleep } from "node:timers/promises";
import { TopicError } from "../engine/worker/topic-setup.ts";
import { openWaitingPort } from "./waiting-port.ts";

export interface AppToCome {
  /** As its topics have it. */
  readonly name: string;
  /** Where it will be served. */
  readonly at: { readonly host: string; readonly port: number };
  /** @throws TopicError `TOPICS_MISSING` as long as it is not there; whatever else keeps it from being served */
  readonly look: () => Promise<void>;
  readonly say: (line: string) => void;
  /** Nobody waits any more. */
  readonly signal: AbortSignal;
  readonly lookMs?: number;
}

const LOOK_MS = 2_000;

/** Whether it is there: false where `signal` came first. @throws CliError `CLI_PORT_TAKEN`; what `look` throws */
export async function untilItIsThere(app: AppToCome): Promise<boolean> {
  const first = await missing(app);
  if (first === null || app.signal.aborted) return !app.signal.aborted;
  const why = `there are no topics of an app ${app.name} yet, or not all: its first worker makes them`;
  await using _ = await openWaitingPort(app.at, why);
  app.say(`${why}. This waits for it. If it has run before, check --app, --topic-prefix and --brokers. ${told(first)}`);
  const { signal, lookMs = LOOK_MS } = app;
  while (!signal.aborted) {
    await sleep(lookMs, undefined, { signal }).catch(() => {});
    if (!signal.aborted && (await missing(app)) === null) return !signal.aborted;
  }
  return false;
}

async function missing({ look }: AppToCome): Promise<TopicError | null> {
  try {
    await look();
    return null;
  } catch (error) {
    if (error instanceof TopicError && error.code === "TOPICS_MISSING") return error;
    throw error;
  }
}

function told({ missing: topics }: TopicError): string {
  return `Missing: ${topics.join(", ")}`;
}
