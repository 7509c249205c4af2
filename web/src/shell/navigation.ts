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
];
