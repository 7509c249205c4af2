// A worker: start as many as you like. On Kafka they share the work; the embedded log is for one at a time.
//   SERVICES_URL=http://localhost:4000 node examples/flow-control/worker.ts
// Inside this repository `millrace` is its source: node --conditions=@millrace/source examples/flow-control/worker.ts
import { createApp } from "./app.ts";

const app = createApp({ servicesUrl: process.env["SERVICES_URL"] ?? "http://localhost:4000" });
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void app.stop());
await app.start();
