// Rows are inserted many at a time, and by one writer for each tenant's table.
import type { Millrace } from "millrace";
import type { ImportEvents } from "../events.ts";
import { MAX_ROWS } from "../limits.ts";
import type { Services } from "../services/client.ts";

export function insertFunction(app: Millrace<ImportEvents>, services: Services): void {
  app.createFunction(
    {
      id: "insert",
      triggers: [{ event: "contact/verified" }],
      retries: 12,
      batchEvents: { maxSize: MAX_ROWS, timeout: "1s", key: "event.data.tenant" },
      concurrency: { limit: 1, key: "event.data.tenant" },
    },
    async ({ event, events, step }) => {
      const { tenant } = event.data;
      const contacts = events.map(({ data }) => data.contact);
      await step.run("insert", (call) => services.insert({ tenant, contacts }, call));
      await step.sendEvent("tell", { name: "rows/inserted", key: tenant, data: { tenant } });
    },
  );
}
