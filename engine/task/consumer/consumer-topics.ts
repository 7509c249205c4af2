// The topics of a consumer: its own journal, inbox, image, functions and dead letters. It sends no events, and its events' schemas are the app's.
import { appTopics, groupOf, type AppTopics } from "../app-topics.ts";

/** `version` counts how often its state was built anew: each has topics of its own. */
export function consumerTopics(app: AppTopics, id: string, version = 1): AppTopics {
  const prefix = `${groupOf(app)}.${id}${version === 1 ? "" : `.v${version}`}`;
  return { ...appTopics(prefix), events: app.events, schemas: app.schemas };
}
