// What this server serves, and what who looks at it may do.
import { queryOptions, useSuspenseQuery } from "@tanstack/react-query";

import type { AppInfo } from "../../../server/contract/app.ts";
import type { Scope } from "../../../server/contract/words.ts";
import { get } from "./client.ts";
import { KEYS } from "./keys.ts";

export const appQuery = queryOptions({
  queryKey: KEYS.app,
  queryFn: ({ signal }) => get<AppInfo>("/app", { signal }),
  // It says, too, whether anybody works: who has just started a worker looks whether that is one.
  refetchInterval: ({ state }) => (state.data?.workers === 0 ? 3_000 : 10_000),
});

/** Inside of the shell it is always there. */
export function useApp(): AppInfo {
  return useSuspenseQuery(appQuery).data;
}

export function useMay(scope: Scope): boolean {
  return useApp().scopes.includes(scope);
}
