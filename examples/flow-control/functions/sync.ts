// A tenant's rows go to its CRM, in a session that it has one of: what is asked for while it is open is skipped.
import type { Millrace } from "millrace";
import type { ImportEvents } from "../events.ts";
import type { Services } from "../services/client.ts";

export function syncFunction(app: Millrace<ImportEvents>, services: Services): void {
  app.createFunction(
    { id: "sync", triggers: [{ event: "rows/inserted" }], retries: 12, singleton: { mode: "skip", key: "event.data.tenant" } },
    async ({ event, step, runId }) => {
      const { tenant } = event.data;
      await step.run("open", (call) => services.session({ tenant, run: runId, does: "opens" }, call));
      await step.sleep("until it has caught up", "1s");
      await step.run("close", (call) => services.session({ tenant, run: runId, does: "closes" }, call));
    },
  );
}
