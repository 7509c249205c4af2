// What runs in each of the demo's worker processes.
import { work } from "../../stage/worker.ts";
import { createApp } from "../app.ts";
import { toldBy } from "./told.ts";

await work({ createApp, toldBy });
