// The same event starts a second function, with a run, steps and retries of its own: sales hears of everybody who signs up.
import { StepError, type Millrace } from "millrace";
import type { SignUpEvents } from "../events.ts";
import type { Services } from "../services/client.ts";

export function crmFunction(app: Millrace<SignUpEvents>, services: Services): void {
  app.createFunction({ id: "crm", triggers: [{ event: "user/signed.up" }], retries: 8 }, async ({ event, step, logger }) => {
    const { email, company } = event.data;
    const contact = await step.run("create contact", (call) => services.createContact({ email, company }, call));
    try {
      // Nice to have: two attempts within five seconds each, and the run goes on without it.
      await step.run({ id: "schedule call", retries: 1, timeout: "5 seconds" }, (call) =>
        services.scheduleCall({ contactId: contact.id }, call),
      );
      return { contactId: contact.id, call: true };
    } catch (error) {
      if (!(error instanceof StepError)) throw error;
      logger.warn({ contactId: contact.id, reason: error.message }, "no call was scheduled");
      return { contactId: contact.id, call: false };
    }
  });
}
