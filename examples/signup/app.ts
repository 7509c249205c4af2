// The app: its id, its events, its functions. Workers start it; whoever only sends events does not.
import { Millrace, type MillraceOptions } from "millrace";
import type { SignUpEvents } from "./events.ts";
import { crmFunction } from "./functions/crm.ts";
import { signUpFunction } from "./functions/sign-up.ts";
import { Services } from "./services/client.ts";

export interface SignUpOptions extends Omit<MillraceOptions, "id"> {
  /** Where users, mail and CRM are. */
  readonly servicesUrl: string;
}

/** `tools` is for tests and demos: what the engine lets them look at. */
export function createApp(
  { servicesUrl, ...options }: SignUpOptions,
  tools: ConstructorParameters<typeof Millrace>[1] = {},
): Millrace<SignUpEvents> {
  const app = new Millrace<SignUpEvents>({ id: "signup", ...options }, tools);
  const services = new Services(servicesUrl);
  signUpFunction(app, services);
  crmFunction(app, services);
  return app;
}
