// What is made once for an app that is served, for all who ask for it: one reading of a log, and not one a resource.
import type { ServedApp } from "./served-app.ts";

export function oneOf<Made>(make: (served: ServedApp) => Made): (served: ServedApp) => Made {
  const made = new WeakMap<ServedApp, { readonly it: Made }>();
  return (served) => {
    const found = made.get(served) ?? { it: make(served) };
    made.set(served, found);
    return found.it;
  };
}
