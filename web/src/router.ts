// All pages. Each is a file that declares its route; here they come together.
import { createRouter } from "@tanstack/react-router";

import { overviewRoute } from "./pages/overview/page.tsx";
import { runRoute } from "./pages/run/page.tsx";
import { runsRoute } from "./pages/runs/page.tsx";
import { PageFailed, rootRoute } from "./shell/root.tsx";
import { parseSearch, stringifySearch } from "./url.ts";

export const router = createRouter({
  routeTree: rootRoute.addChildren([overviewRoute, runsRoute, runRoute]),
  parseSearch,
  stringifySearch,
  scrollRestoration: true,
  defaultErrorComponent: PageFailed,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
