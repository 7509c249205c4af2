// Chooses a discount. No event triggers it: other functions invoke it, and each time it is a run with steps and retries of its own.
import { NonRetriableError, type FunctionContext, type InvokedEvent, type Millrace, type MillraceFunction } from "millrace";
import type { CampaignEvents, Plan } from "../events.ts";
import type { Services } from "../services/client.ts";

export type Offer = { readonly percent: number; readonly code: string };

const PERCENT = { solo: 10, team: 20 };

/** What it takes, for whoever invokes it. */
export type OfferFor = { readonly plan: Plan };

type Context = FunctionContext<InvokedEvent<OfferFor>, CampaignEvents>;

export function offerFunction(app: Millrace<CampaignEvents>, services: Services): MillraceFunction<OfferFor, Offer> {
  return app.createFunction({ id: "offer", triggers: [], retries: 8 }, async ({ event, step }: Context): Promise<Offer> => {
    const { plan } = event.data;
    // Whoever invoked it gets this as an error of its step.
    if (plan === "enterprise") throw new NonRetriableError("enterprise prices are negotiated");
    const percent = PERCENT[plan];
    const { id: code } = await step.run("issue code", (call) => services.issueCode({ percent }, call));
    return { percent, code };
  });
}
