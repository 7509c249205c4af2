// One question about an app's live workers for all resources that ask it.
import { oneOf } from "../one-of.ts";
import { LiveWorkers } from "./live-workers.ts";

export const liveWorkersOf = oneOf((served) => new LiveWorkers(served));
