// The world outside: users, mail and CRM as one HTTP server, slow and moody. A process of its own, so that nothing of it dies with a worker.
//   node examples/signup/services/main.ts [port]
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { Books, type Request } from "./books.ts";
import { TEMPERS, type Temper } from "./temper.ts";

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

  const at = Date.now();
  const caller = request.headers["user-agent"] ?? "";
  const enter = (answered: Request["answer"]): void => void books.requests.push({ service, key, caller, at, answer: answered });
  // Moody, not dead: the fourth time it works.
  const mood = books.asked(service, key) >= 3 ? 100 : Math.random() * 100;
  const isRefused = mood < temper.refusedPercent;
  const isLost = !isRefused && mood < temper.refusedPercent + temper.lostPercent;
  // Entered at once: the caller may die while it waits.
  const performed = isRefused ? null : books.perform(service, key);
  enter(isLost ? "lost" : (performed?.answer ?? "refused"));

  const [least, most] = temper.slowMs;
  await pause(least + Math.random() * (most - least));
  if (isLost) request.socket.destroy();
  else if (performed === null) refuse(response, temper);
  else say(response, 201, { id: performed.id });
}

function refuse(response: ServerResponse, { retryAfter }: Temper): void {
  if (retryAfter === null) return say(response, 503, "not now");
  response.setHeader("retry-after", String(retryAfter));
  say(response, 429, "too many requests");
}

function say(response: ServerResponse, status: number, body: string | object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
