// Where one can go, in the order of the menu. A page that is not in the menu has only its route.
import type { IconName } from "../components/icon.tsx";

export interface Place {
  readonly to: string;
  readonly label: string;
  readonly icon: IconName;
  /** Goes there, after `g`. */
  readonly key: string;
}

export const PLACES: readonly Place[] = [
  { to: "/", label: "Overview", icon: "overview", key: "o" },
  { to: "/runs", label: "Runs", icon: "runs", key: "r" },
  { to: "/events", label: "Events", icon: "events", key: "e" },
  { to: "/send", label: "Send", icon: "send", key: "s" },
  { to: "/functions", label: "Functions", icon: "functions", key: "f" },
  { to: "/consumers", label: "Consumers", icon: "consumers", key: "c" },
  { to: "/dead-letters", label: "Dead letters", icon: "deadLetters", key: "d" },
  { to: "/replays", label: "Replays", icon: "replays", key: "y" },
  { to: "/partitions", label: "Partitions", icon: "partitions", key: "p" },
  { to: "/audit", label: "Audit", icon: "audit", key: "a" },
];
