// Which resources the API has. Each is a file in `resources/`.
import type { Api } from "./http/api.ts";
import { backfillsResource } from "./resources/backfills.ts";
import { bulkDeadLettersResource } from "./resources/bulk-dead-letters.ts";
import { bulkRunsResource } from "./resources/bulk-runs.ts";
import { consumersResource } from "./resources/consumers.ts";
import { deadLettersResource } from "./resources/dead-letters.ts";
import { eventTypesResource } from "./resources/event-types.ts";
import { eventsResource } from "./resources/events.ts";
import { functionsResource } from "./resources/functions.ts";
import { lagResource } from "./resources/lag.ts";
import { partitionsResource } from "./resources/partitions.ts";
import { replaysResource } from "./resources/replays.ts";
import { runActionsResource } from "./resources/run-actions.ts";
import { runsResource } from "./resources/runs.ts";
import { subjectsResource } from "./resources/subjects.ts";
import type { ServedApp, ServerTools } from "./served-app.ts";

type Resource = (api: Api, served: ServedApp, tools: ServerTools) => void;

const RESOURCES: readonly Resource[] = [
  runsResource,
  runActionsResource,
  bulkRunsResource,
  eventsResource,
  eventTypesResource,
  bulkDeadLettersResource,
  consumersResource,
  deadLettersResource,
  functionsResource,
  lagResource,
  partitionsResource,
  backfillsResource,
  replaysResource,
  subjectsResource,
];

export function mountResources(api: Api, served: ServedApp, tools: ServerTools): void {
  for (const resource of RESOURCES) resource(api, served, tools);
}
