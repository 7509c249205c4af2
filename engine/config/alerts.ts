// Where an app tells of what somebody should hear of: addresses of webhooks, checked once.
import { z } from "zod";
import { ConfigurationError } from "../core/configuration-error.ts";

const alertsSchema = z
  .array(
    z.strictObject({
      url: z.url({ protocol: /^https?$/ }),
      /** Codes, such as `RUN_FAILED`. Default: all that there are. */
      on: z
        .array(z.string().regex(/^[A-Z][A-Z_]*$/, "a code such as RUN_FAILED"))
        .min(1)
        .optional(),
      /** Signs each message: see the guide's "Alerts". */
      secret: z.string().min(16, "a secret has 16 characters or more").optional(),
      /** Sent with each message, such as `authorization`. */
      headers: z.record(z.string(), z.string()).optional(),
      /** Whether messages of errors, which may hold data, are told. Default false: only their names. */
      errorMessages: z.boolean().default(false),
    }),
  )
  .max(10);

export type AlertTargets = z.input<typeof alertsSchema>;
export type CheckedAlertTarget = z.output<typeof alertsSchema>[number];

/** @throws ConfigurationError `INVALID_OPTIONS` */
export function checkAlerts(alerts: AlertTargets): readonly CheckedAlertTarget[] {
  const result = alertsSchema.safeParse(alerts);
  if (!result.success) throw new ConfigurationError("INVALID_OPTIONS", `new Millrace: alerts: ${z.prettifyError(result.error)}`);
  return result.data;
}
