// A report at every tick of a cron. Also of those that nobody was there for: each has its own run, and says which tick it is for.
import type { Millrace } from "millrace";
import type { CampaignEvents } from "../events.ts";
import type { Pace } from "../pace.ts";
import type { Services } from "../services/client.ts";

export interface ReportParts {
  readonly services: Services;
  readonly pace: Pace;
}

export function reportFunction(app: Millrace<CampaignEvents>, { services, pace }: ReportParts): void {
  app.createFunction({ id: "report", triggers: [{ cron: pace.report, missed: "all" }], retries: 8 }, async ({ event, step }) => {
    const [mails, contacts] = await step.all(
      [
        (task) => task.run("count mails", (call) => services.count("emails", call)),
        (task) => task.run("count contacts", (call) => services.count("contacts", call)),
      ],
      { concurrency: 2 },
    );
    await step.run("file report", (call) => services.fileReport({ tick: event.data.tick, mails, contacts }, call));
    return { mails, contacts };
  });
}
