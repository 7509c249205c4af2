// Where a server tells its alerts. Other commands may share a file or an environment that says the rest and not the address.
import type { SettingValues } from "../engine/config/settings.ts";
import type { ServerAlertsTo } from "../server/alerts/server-alerts.ts";
import { CliError } from "./cli-error.ts";

/** Null: nowhere. @throws CliError `CLI_BAD_CHOICE` */
export function serverAlerts({ url, ...rest }: SettingValues["server"]["alerts"]): ServerAlertsTo | null {
  if (url !== undefined) return { url, ...rest };
  const [how] = (["secret", "on", "headers"] as const).filter((name) => rest[name] !== undefined);
  if (how === undefined) return null;
  throw new CliError(
    "CLI_BAD_CHOICE",
    `server.alerts.${how} says how alerts are told, and nothing says where: set server.alerts.url, MILLRACE_ALERTS_URL or --alerts, or leave it out`,
  );
}
