// Where an app tells of what somebody should hear of: addresses of webhooks, checked once.
import { z } from "zod";
import { SERVER_ALERTS, WORKER_ALERTS } from "../core/alert-codes.ts";
import { ConfigurationError } from "../core/configuration-error.ts";

/** Neither what is refused here nor why stands in a message with what was given: these are secrets. What only `fetch` refused would be in the log. */
const url = z.url({ protocol: /^https?$/ }).refine((text) => !hasCredentials(text), {
  message: "has a name or a password in it, which cannot be sent like that: give them as headers, { authorization: ... }",
});
/** Signs each message: see the guide's "Alerts". */
const secret = z.string().min(16, "a secret has 16 characters or more");
/** Sent with each message, such as `authorization`. */
const headers = z.record(z.string(), z.string()).refine((given) => areHeaders(given), {
  message: "have a name or a value that HTTP does not allow, such as one with a line break",
});

/** A code that nobody tells would be an alert that never comes. */
const TOLD: ReadonlySet<string> = new Set(WORKER_ALERTS);

const alertsSchema = z
  .array(
    z.strictObject({
      url,
      /** Codes, such as `RUN_FAILED`. Default: all that there are. */
      on: z
        .array(z.string().refine((code) => TOLD.has(code), { message: `is none of ${WORKER_ALERTS.join(", ")}` }))
        .min(1)
        .optional(),
      secret: secret.optional(),
      headers: headers.optional(),
      /** Whether messages of errors, which may hold data, are told. Default false: only their names. */
      errorMessages: z.boolean().default(false),
    }),
  )
  .max(10);

/** Of a server, which has no code that says it: one target, for what the server sees by itself. */
export const serverAlertsSchema = z.strictObject({
  url: url.optional(),
  secret: secret.optional(),
  /** Default: all of them. */
  on: z.array(z.enum(SERVER_ALERTS)).min(1).optional(),
  headers: headers.optional(),
  /** Records of one source partition. */
  maxLag: z.int().min(1).default(100_000),
});

export type AlertTargets = z.input<typeof alertsSchema>;
export type CheckedAlertTarget = z.output<typeof alertsSchema>[number];

/** @throws ConfigurationError `INVALID_OPTIONS` */
export function checkAlerts(alerts: AlertTargets): readonly CheckedAlertTarget[] {
  const result = alertsSchema.safeParse(alerts);
  if (!result.success) throw new ConfigurationError("INVALID_OPTIONS", `new Millrace: alerts: ${z.prettifyError(result.error)}`);
  return result.data;
}

function hasCredentials(text: string): boolean {
  const { username, password } = URL.parse(text) ?? { username: "", password: "" };
  return username !== "" || password !== "";
}

function areHeaders(given: Readonly<Record<string, string>>): boolean {
  try {
    void new Headers(given);
    return true;
  } catch {
    return false;
  }
}
