// Somebody signed up: a welcome, and then their first booking, or the lack of it, decides how it goes on. Whoever deletes the account hears no more.
import { StepError, type Millrace, type MillraceFunction, type StepTools } from "millrace";
import type { CampaignEvents, CampaignOutcome, Plan } from "../events.ts";
import type { Pace } from "../pace.ts";
import type { Services } from "../services/client.ts";
import type { Offer, OfferFor } from "./offer.ts";

export interface DripParts {
  readonly services: Services;
  readonly offer: MillraceFunction<OfferFor, Offer>;
  readonly pace: Pace;
}

export function dripFunction(app: Millrace<CampaignEvents>, { services, offer, pace }: DripParts): void {
  app.createFunction(
    {
      id: "drip",
      triggers: [{ event: "user/signed.up" }],
      retries: 8,
      cancelOn: [{ event: "user/deleted", match: "data.userId" }],
      onCancel: async ({ event, step }) => {
        const { reason, event: signUp } = event.data;
        await step.run("file note", (call) => services.fileNote({ userId: signUp.data.userId, text: reason }, call));
      },
    },
    async ({ event, step }) => {
      const { userId, email, name, plan } = event.data;
      await step.run("send welcome", (call) => services.sendEmail({ to: email, template: "welcome", name }, call));

      // Some book before the welcome has left the house, and that counts: so it looks further back than to the step before.
      const booking = await step.waitForEvent("first booking", {
        event: "booking/created",
        match: "data.userId",
        timeout: pace.firstBooking,
        lookback: "5 minutes",
      });

      let outcome: CampaignOutcome = "thanked";
      if (booking === null) {
        outcome = "reminded";
        const discount = await discountFor(plan, step, offer);
        await step.run("send reminder", (call) => services.sendEmail({ to: email, template: "reminder", name, discount }, call));
      } else {
        const { bookingId } = booking.data;
        await step.run("send thanks", (call) => services.sendEmail({ to: email, template: "thanks", name, bookingId }, call));
      }

      await step.sendEvent("tell of the end", { name: "campaign/ended", key: userId, data: { userId, outcome } });
      return { outcome };
    },
  );
}

/** What to offer is another function's business. When it cannot say, the reminder goes out without. */
async function discountFor(plan: Plan, step: StepTools<CampaignEvents>, offer: DripParts["offer"]): Promise<Offer | null> {
  try {
    return await step.invoke("choose offer", { function: offer, data: { plan }, timeout: "1 minute" });
  } catch (error) {
    if (error instanceof StepError) return null;
    throw error;
  }
}
