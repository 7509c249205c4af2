// The same event starts a second function: a contact is opened, and closed when the campaign ends or the account is deleted, whatever comes first.
import type { Millrace } from "millrace";
import type { CampaignEvents } from "../events.ts";
import type { Pace } from "../pace.ts";
import type { Services } from "../services/client.ts";

export interface CrmParts {
  readonly services: Services;
  readonly pace: Pace;
}

export function crmFunction(app: Millrace<CampaignEvents>, { services, pace }: CrmParts): void {
  app.createFunction({ id: "crm", triggers: [{ event: "user/signed.up" }], retries: 8 }, async ({ event, step }) => {
    const { userId, email, plan } = event.data;
    const contact = await step.run("open contact", (call) => services.openContact({ email, plan }, call));

    const wait = { match: "data.userId", timeout: pace.campaign, lookback: "5 minutes" } as const;
    const first = await step.race({
      campaign: (branch) => branch.waitForEvent("end of campaign", { event: "campaign/ended", ...wait }),
      deletion: (branch) => branch.waitForEvent("deletion", { event: "user/deleted", ...wait }),
    });

    const status = first.value === null ? "silent" : first.winner === "deletion" ? "deleted" : first.value.data.outcome;
    await step.run("close contact", (call) => services.closeContact({ contactId: contact.id, userId, status }, call));
    return { contactId: contact.id, status };
  });
}
