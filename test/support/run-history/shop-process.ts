// A worker of the shop, in a process that can be killed: options as JSON in its argument. Says "started" once it is; ends in good order when asked to.
import type { LogOptions } from "../../../engine/config/options.ts";
import { RunHistory } from "../../../consumers/run-history/run-history-sink.ts";
import { placeOrders, shop } from "./shop.ts";

export interface ShopOrders {
  readonly id: string;
  readonly log: LogOptions;
  /** Of a history that it keeps itself. */
  readonly history?: string;
}

const { id, log, history } = JSON.parse(process.argv[2] ?? "") as ShopOrders;
const app = shop({ id, log });
if (history !== undefined) app.createSink({ id: "run-history", journal: (of) => new RunHistory(history, of) });
process.once("SIGTERM", () => void app.stop().then(() => process.exit(0)));
process.on("message", ({ from, to }: { from: number; to: number }) => void placeOrders(app, from, to).then(() => process.send?.("placed")));
await app.start();
process.send?.("started");
