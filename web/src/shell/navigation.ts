// Where one can go, in the order of the menu. A page that is not in the menu has only its route.
import { useMemo } from "react";

import type { Scope } from "../../../server/contract/words.ts";
import { useApp } from "../api/app.ts";
import type { IconName } from "../components/icon.tsx";

export interface Place {
  readonly to: string;
  readonly label: string;
  readonly icon: IconName;
  /** Goes there, after `g`. */
  readonly key: string;
  /** Without it there is nothing to do there. */
  readonly scope?: Scope;
}

const PLACES: readonly Place[] = [
  { to: "/", label: "Overview", icon: "overview", key: "o" },
  { to: "/runs", label: "Runs", icon: "runs", key: "r" },
  { to: "/events", label: "Events", icon: "events", key: "e" },
  { to: "/send", label: "Send", icon: "send", key: "s", scope: "send" },
  { to: "/functions", label: "Functions", icon: "functions", key: "f" },
  { to: "/consumers", label: "Consumers", icon: "consumers", key: "c" },
  { to: "/dead-letters", label: "Dead letters", icon: "deadLetters", key: "d" },
  { to: "/replays", label: "Replays", icon: "replays", key: "y" },
  { to: "/partitions", label: "Partitions", icon: "partitions", key: "p" },
  { to: "/audit", label: "Audit", icon: "audit", key: "a" },
];

/** Those where whoever looks at it may do something. */
export function usePlaces(): readonly Place[] {
  const { scopes } = useApp();
  return useMemo(() => PLACES.filter(({ scope }) => scope === undefined || scopes.includes(scope)), [scopes]);
}
