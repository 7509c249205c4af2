// What the import needs from outside, as one HTTP server in a process of its own. It counts what it is asked, and refuses what is too much.
//   node examples/flow-control/services/main.ts [port]
//   POST /<service>   does something, once for each idempotency key
//   POST /outage      fails for so many milliseconds
//   GET /meter        figures of now
//   GET /report       every request that came
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { Ledger } from "./ledger.ts";
import type { Asked, Service } from "./report.ts";
import { TEMPERS } from "./tempers.ts";

const ledger = new Ledger();
const server = createServer((request, response) => void answer(request, response));
server.keepAliveTimeout = 60_000;
server.listen(Number(process.argv[2] ?? 0), "127.0.0.1", () => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  if (process.send === undefined) console.log(`addresses, tables, index and CRM: ${url}   (what they were asked: ${url}/report)`);
  else process.send(url);
});
process.on("disconnect", () => process.exit());

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const name = request.url?.slice(1) ?? "";
  if (name === "meter") return say(response, 200, ledger.meter);
  if (name === "report") return say(response, 200, ledger.report);
  const body = await text(request).catch(() => null);
  if (body === null) return; // the caller died while it spoke
  if (name === "outage") {
    ledger.fail(Number(body));
    return say(response, 200, {});
  }
  if (!isService(name)) return say(response, 404, `there is no ${name}`);
  const key = request.headers["idempotency-key"];
  if (typeof key !== "string") return say(response, 400, "an idempotency-key is needed");
  const caller = request.headers["user-agent"] ?? "";
  await serve(name, response, { key, caller, body: JSON.parse(body) as Asked["body"] });
}

async function serve(service: Service, response: ServerResponse, asked: Pick<Asked, "key" | "caller" | "body">): Promise<void> {
  const gauge = ledger.gauge(service, String(asked.body["tenant"]));
  const leave = gauge.enter(response);
  const entry = ledger.enter(service, { ...asked, atOnce: gauge.now });
  const [least, most, failing, losing] = TEMPERS[service];
  const fails = Math.random() * 100 < failing || (service === "verifications" && ledger.fails);

  const status = ledger.isTooMuch(entry) ? 429 : fails ? 503 : 201;
  entry.status = status;
  const id = status === 201 ? ledger.perform(entry) : "";
  if (status !== 429) await pause(least + Math.random() * (most - least));
  leave();
  if (status === 201 && Math.random() * 100 < losing) return void response.destroy();
  if (status === 429) response.setHeader("retry-after", "1");
  say(response, status, status === 201 ? { id } : "not now");
}

function isService(name: string): name is Service {
  return Object.hasOwn(TEMPERS, name);
}

function say(response: ServerResponse, status: number, body: string | object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
