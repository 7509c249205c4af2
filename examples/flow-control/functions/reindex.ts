// Whatever changes for a tenant, its index is made again when it has been quiet for a second; every five seconds while it is not.
import type { Millrace } from "millrace";
import type { ImportEvents } from "../events.ts";
import type { Services } from "../services/client.ts";

export function reindexFunction(app: Millrace<ImportEvents>, services: Services): void {
  app.createFunction(
    {
      id: "reindex",
      triggers: [{ event: "contact/verified" }],
      retries: 12,
      debounce: { period: "1s", timeout: "5s", key: "event.data.tenant" },
    },
    async ({ event, step }) => {
      await step.run("reindex", (call) => services.reindex({ tenant: event.data.tenant }, call));
    },
  );
}
