// One reading of an app's journals for all resources that ask how far they are.
import type { ServedApp } from "../served-app.ts";
import { Standing } from "./standing.ts";

const known = new WeakMap<ServedApp, Standing>();

export function standingOf(served: ServedApp): Standing {
  const found = known.get(served) ?? new Standing(served);
  known.set(served, found);
  return found;
}
