// The app: its id, its events, its functions. Workers start it; whoever only sends events does not.
import { Millrace, type MillraceOptions } from "millrace";
import type { CampaignEvents } from "./events.ts";
import { crmFunction } from "./functions/crm.ts";
import { dripFunction } from "./functions/drip.ts";
import { offerFunction } from "./functions/offer.ts";
import { reportFunction } from "./functions/report.ts";
import { BUSINESS, type Pace } from "./pace.ts";
import { Services } from "./services/client.ts";

export interface CampaignOptions extends Omit<MillraceOptions, "id"> {
  /** Where mail, CRM and prices are. */
  readonly servicesUrl: string;
  readonly pace?: Pace;
}

/** `tools` is for tests and demos: what the engine lets them look at. */
export function createApp(
  { servicesUrl, pace = BUSINESS, ...options }: CampaignOptions,
  tools: ConstructorParameters<typeof Millrace>[1] = {},
): Millrace<CampaignEvents> {
  const app = new Millrace<CampaignEvents>({ id: "drip-campaign", ...options }, tools);
  const services = new Services(servicesUrl);
  const offer = offerFunction(app, services);
  dripFunction(app, { services, offer, pace });
  crmFunction(app, { services, pace });
  reportFunction(app, { services, pace });
  return app;
}
