// The app as it is deployed today, with the fix: what `millrace worker` runs, and `millrace replay` calls.
import { createApp, type Place } from "./app.ts";
import { vatOf } from "./vat.ts";

export const app = createApp(JSON.parse(process.env["SHOP"] ?? "{}") as Place, vatOf);
