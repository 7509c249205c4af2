// npm run demo:flow: an import of 20,000 contacts of 50 tenants against services that allow so much and no more, and fail for a while; workers that
// are killed; and the proof that every limit held, by the services' own count.
//   npm run demo:flow                       one worker at a time on the embedded log: needs nothing but Node
//   npm run demo:flow -- --kafka            three workers on a real Kafka broker
//   npm run demo:flow -- --contacts 2000    a small import
import path from "node:path";
import { perform } from "../stage/show.ts";
import { play } from "./demo/play.ts";

await perform({
  title: (place) => `An import ${place}: fifty tenants share what a service allows, and workers are killed`,
  appId: "flow-control",
  services: {
    script: path.join(import.meta.dirname, "services/main.ts"),
    news: "addresses, tables, index and CRM are up, and count what they are asked",
  },
  play,
  heading: "What the services counted, and what the log says:",
  moral: "Every limit held, and nothing was lost.",
});
