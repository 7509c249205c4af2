// npm run dev: the shop of the examples under `millrace dev`, with its dashboard, from a fresh clone as well. Words after `npm run dev --` go to
// the command.
import { haveDashboard } from "./dashboard.ts";

await haveDashboard();
process.argv.splice(2, 0, "dev", "examples/shop/app.ts");
await import("../cli/main.ts");
