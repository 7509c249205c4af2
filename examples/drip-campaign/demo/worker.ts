// What runs in each of the demo's worker processes.
import { work } from "../../stage/worker.ts";
import { createApp } from "../app.ts";
import { DEMO_PACE } from "./pace.ts";
import { toldBy } from "./told.ts";

await work({ createApp: (options, tools) => createApp({ ...options, pace: DEMO_PACE }, tools), toldBy });
