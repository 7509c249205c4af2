// A worker: asks for the back-fill, once however often it is started, and works at it until it is done or killed.
import { createApp } from "./app.ts";

const [, , folder = "."] = process.argv;
const app = createApp(folder);
await app.start();
await app.send({ name: "backfill/asked", data: null, id: "the one" });
process.stdout.write("started\n");
