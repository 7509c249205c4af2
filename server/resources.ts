// Which resources the API has. Each is a file in `resources/`.
import type { Api } from "./http/api.ts";
import { operationsResource } from "./resources/operations.ts";
import type { ServedApp, ServerTools } from "./served-app.ts";

type Resource = (api: Api, served: ServedApp, tools: ServerTools) => void;

const RESOURCES: readonly Resource[] = [operationsResource];

export function mountResources(api: Api, served: ServedApp, tools: ServerTools): void {
  for (const resource of RESOURCES) resource(api, served, tools);
}
