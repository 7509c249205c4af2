// The world outside: users, mail and CRM as one HTTP server, slow and moody. A process of its own, so that nothing of it dies with a worker.
//   node examples/signup/services/main.ts [port]
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { Books } from "./books.ts";
import { moodOf, TEMPERS, type Temper } from "./temper.ts";

const books = new Books();
const server = createServer((request, response) => void answer(request, response));
server.listen(Number(process.argv[2] ?? 0), "127.0.0.1", () => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  if (process.send === undefined) console.log(`users, mail and CRM: ${url}   (what they were asked: ${url}/books)`);
  else process.send(url);
});
process.on("disconnect", () => process.exit());

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const service = request.url?.slice(1) ?? "";
  if (service === "books") return say(response, 200, books.requests);
  const temper = TEMPERS[service];
  if (temper === undefined) return say(response, 404, `there is no ${service}`);
  const key = request.headers["idempotency-key"];
  if (typeof key !== "string") return say(response, 400, "an idempotency-key is needed");

  // Entered before it is slow: the caller may die while it waits.
  const mood = moodOf(temper, books.ask(key), Math.random());
  const done = mood === "refuses" ? null : books.perform(service, key);
  const caller = request.headers["user-agent"] ?? "";
  books.requests.push({ service, key, caller, at: Date.now(), effect: done?.effect ?? false });

  const [least, most] = temper.slowMs;
  await pause(least + Math.random() * (most - least));
  if (done === null) refuse(response, temper);
  else if (mood === "loses the answer") request.socket.destroy();
  else say(response, 201, { id: done.id });
}

function refuse(response: ServerResponse, { retryAfter }: Temper): void {
  if (retryAfter === null) return say(response, 503, "not now");
  response.setHeader("retry-after", String(retryAfter));
  say(response, 429, "too many requests");
}

function say(response: ServerResponse, status: number, body: string | object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
