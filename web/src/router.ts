// All pages. Each is a file that declares its route; here they come together.
import { createRouter } from "@tanstack/react-router";

import { auditRoute } from "./pages/audit/page.tsx";
import { consumersRoute } from "./pages/consumers/page.tsx";
import { deadLetterRoute } from "./pages/dead-letters/dead-letter.tsx";
import { deadLettersRoute } from "./pages/dead-letters/page.tsx";
import { eventRoute } from "./pages/events/event.tsx";
import { eventsRoute } from "./pages/events/page.tsx";
import { functionRoute } from "./pages/functions/function.tsx";
import { functionsRoute } from "./pages/functions/page.tsx";
import { overviewRoute } from "./pages/overview/page.tsx";
import { partitionsRoute } from "./pages/partitions/page.tsx";
import { replaysRoute } from "./pages/replays/page.tsx";
import { replayRoute } from "./pages/replays/replay.tsx";
import { runRoute } from "./pages/run/page.tsx";
import { runsRoute } from "./pages/runs/page.tsx";
import { sendRoute } from "./pages/send/page.tsx";
import { PageFailed, rootRoute } from "./shell/root.tsx";
import { parseSearch, stringifySearch } from "./url.ts";

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    overviewRoute,
    runsRoute,
    runRoute,
    eventsRoute,
    eventRoute,
    sendRoute,
    functionsRoute,
    functionRoute,
    consumersRoute,
    deadLettersRoute,
    deadLetterRoute,
    replaysRoute,
    replayRoute,
    partitionsRoute,
    auditRoute,
  ]),
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
