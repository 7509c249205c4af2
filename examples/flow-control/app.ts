// The app: its id, its events, its functions. Workers start it; whoever only sends events does not.
import { Millrace, type MillraceOptions } from "millrace";
import type { ImportEvents } from "./events.ts";
import { insertFunction } from "./functions/insert.ts";
import { reindexFunction } from "./functions/reindex.ts";
import { syncFunction } from "./functions/sync.ts";
import { verifyFunction } from "./functions/verify.ts";
import { Services } from "./services/client.ts";

export interface ImportOptions extends Omit<MillraceOptions, "id"> {
  /** Where addresses are verified, and where tables, the index and the CRM are. */
  readonly servicesUrl: string;
}

/** `tools` is for tests and demos: what the engine lets them look at. */
export function createApp(
  { servicesUrl, ...options }: ImportOptions,
  tools: ConstructorParameters<typeof Millrace>[1] = {},
): Millrace<ImportEvents> {
  const app = new Millrace<ImportEvents>({ id: "flow-control", ...options }, tools);
  const services = new Services(servicesUrl);
  verifyFunction(app, services);
  insertFunction(app, services);
  reindexFunction(app, services);
  syncFunction(app, services);
  return app;
}
