// npm run demo:replay: a month of orders with a bug in their VAT, the fix, and what it changes.
//   npm run demo:replay -- --orders 1000
//   npm run demo:replay -- --kafka
import { parseArgs } from "node:util";
import { perform } from "./demo/play.ts";

const { values } = parseArgs({ options: { orders: { type: "string", default: "5000" }, kafka: { type: "boolean", default: false } } });
process.exitCode = await perform({ count: Number(values.orders), onKafka: values.kafka });
