// What is shown, and could not be asked for again: whoever looks has to know that it is not the present.
import { useQueryClient, type Query, type QueryClient } from "@tanstack/react-query";
import { useCallback, useSyncExternalStore, type ReactElement } from "react";

import { Button } from "../components/button.tsx";
import { messageOf, Notice } from "../components/states.tsx";
import { visible } from "../text/visible.ts";

export function Outdated(): ReactElement | null {
  const queries = useQueryClient();
  const subscribe = useCallback((tell: () => void) => queries.getQueryCache().subscribe(tell), [queries]);
  const why = useSyncExternalStore(subscribe, () => {
    const [first] = outdated(queries);
    return first === undefined ? null : messageOf(first.state.error);
  });
  if (why === null) return null;
  return (
    <Notice tone="warn">
      What is shown may not be the present: asking for it again failed. {visible(why)}{" "}
      <Button isSmall onClick={() => void Promise.allSettled(outdated(queries).map((query) => query.fetch()))}>
        Try again
      </Button>
    </Notice>
  );
}

/** Without those whose next page failed: the list says so itself. */
function outdated(queries: QueryClient): readonly Query[] {
  return queries.getQueryCache().findAll({
    type: "active",
    predicate: ({ state }) => state.status === "error" && state.data !== undefined && state.fetchMeta?.fetchMore === undefined,
  });
}
