// npm run demo: the sign-up service at work, its worker killed half-way, and the proof that nothing was lost and nothing finished ran again.
//   npm run demo              one worker at a time on the embedded log: needs nothing but Node
//   npm run demo -- --kafka   three workers on a real Kafka broker
import path from "node:path";
import { perform } from "../stage/show.ts";
import { play } from "./demo/play.ts";

await perform({
  title: (place) => `A sign-up service ${place}, and a kill -9 half-way`,
  appId: "signup",
  services: {
    script: path.join(import.meta.dirname, "services/main.ts"),
    news: "users, mail and CRM are up: slow, and now and then they fail",
  },
  play,
  heading: "What the workers heard, what the journal says, what the services were asked:",
  moral: "Every run completed, and no finished step ran twice.",
});
