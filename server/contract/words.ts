// What all resources of the API are made of: ids, times, pages, problems. Shapes are zod's, from which the OpenAPI document is made.
import { z } from "@hono/zod-openapi";

export { z };

/** Milliseconds since 1970, by the log's clock. */
export const Time = z.int().openapi("Time", { description: "Milliseconds since 1970, by the log's clock" });
export const RunId = z
  .string()
  .regex(/^[0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{26}$/, "a run's id is 26 digits and letters, never I, L, O or U")
  .openapi("RunId", { example: "01K9ZC6Y1N8XQ2B7V4T5M3RDEF" });
export const FunctionId = z.string().min(1).max(200);
/** JSON as text: it is never parsed on its way, so that numbers and keys stay as they were written. */
export const JsonText = z.string().openapi("JsonText", { description: "JSON as text" });
/** Where a page ends: given as `cursor`, the next one begins there. Opaque. */
export const Cursor = z.string().min(1).max(1_000);
export const PageSize = wholeNumber(1, 500).default(50);
const MAX_TIME = 8_640_000_000_000_000;
/** In a body. */
export const TimeGiven = z.int().min(0).max(MAX_TIME);
/** In a query. */
export const TimeQuery = wholeNumber(0, MAX_TIME);

/** In a query. Nothing else passes for a number: neither nothing, nor `1e3`. */
export function wholeNumber(min: number, max: number) {
  return z
    .string()
    .regex(/^\d{1,16}$/, "it is a whole number")
    .transform(Number)
    .pipe(z.int().min(min).max(max))
    .openapi({ type: "integer", minimum: min, maximum: max });
}

export function pageOf<Item extends z.ZodType>(item: Item, name: string) {
  return z.object({ items: z.array(item), next: Cursor.nullable() }).openapi(name);
}

/** RFC 9457. `code` is stable, and explained in the guide. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string(),
    /** Of what was sent: where it is wrong, as a path, and why. */
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    /** Where events were sent: what became of each, in the order in which they were given. `unknown`: it may be in the log or not. */
    deliveries: z
      .array(z.object({ status: z.enum(["sent", "not-sent", "unknown"]), id: z.string().nullable(), reason: z.string().nullable() }))
      .optional(),
  })
  .openapi("Problem");
export type Problem = z.infer<typeof Problem>;

export const ErrorShown = z.object({ name: z.string(), message: z.string(), stack: z.string().nullable() }).openapi("Error");
export type ErrorShown = z.infer<typeof ErrorShown>;

/** What a token may do. `payloads`: see data of events, outputs and errors' texts; without it they are null. */
export const SCOPES = ["send", "read", "payloads", "operate"] as const;
export const Scope = z.enum(SCOPES);
export type Scope = z.infer<typeof Scope>;

export type Page<Item> = { readonly items: readonly Item[]; readonly next: string | null };
