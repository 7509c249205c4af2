// Every contact's address is verified by a service that allows so much and no more, and that all tenants share: each gets its part of that,
// however many contacts it has. While the service fails, it is left alone.
import type { Millrace } from "millrace";
import type { ImportEvents } from "../events.ts";
import { COOLDOWN_MS, VERIFY } from "../limits.ts";
import type { Services } from "../services/client.ts";

export function verifyFunction(app: Millrace<ImportEvents>, services: Services): void {
  app.createFunction(
    {
      id: "verify",
      triggers: [{ event: "contact/imported" }],
      retries: 12,
      concurrency: VERIFY.atOnce,
      throttle: { limit: VERIFY.newPerSecond, period: "1s", burst: VERIFY.burst },
      fairness: { key: "event.data.tenant" },
      circuitBreaker: { errorRate: 0.3, window: "1s", cooldown: COOLDOWN_MS },
    },
    async ({ event, step }) => {
      await step.run("verify", (call) => services.verify(event.data, call));
      await step.sendEvent("tell", { name: "contact/verified", key: event.data.tenant, data: event.data });
    },
  );
}
