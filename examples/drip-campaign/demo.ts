// npm run demo:drip: a campaign that waits for bookings, children, cancellations and a cron, a worker killed half-way, and the proof that each guest got
// what they should.
//   npm run demo:drip              one worker at a time on the embedded log: needs nothing but Node
//   npm run demo:drip -- --kafka   three workers on a real Kafka broker
import path from "node:path";
import { perform } from "../stage/show.ts";
import { play } from "./demo/play.ts";

await perform({
  title: (place) => `A drip campaign ${place}: everybody waits for something, and a kill -9 half-way`,
  appId: "drip-campaign",
  services: {
    script: path.join(import.meta.dirname, "services/main.ts"),
    news: "mail, CRM and prices are up: slow, and now and then they fail",
  },
  play,
  heading: "What the log says, and what the world saw:",
  moral: "Everybody got what they should, once.",
});
