// The world outside as one HTTP server, slow and moody. It belongs into a process of its own, so that nothing of it dies with a worker.
//   POST /<service>   does something, once for each idempotency key
//   GET /<service>    how much it did
//   GET /books        every request that came
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { Books, type Request } from "./books.ts";
import { moodOf, type Temper } from "./temper.ts";

export interface World {
  /** For people who start it by hand. */
  readonly title: string;
  /** The services, by name. */
  readonly tempers: Readonly<Record<string, Temper>>;
}

/** On the port that the command line names, or any. A parent process is told the address. */
export function serve({ title, tempers }: World): void {
  const books = new Books();
  const server = createServer((request, response) => void answer(request, response, { books, tempers }));
  server.listen(Number(process.argv[2] ?? 0), "127.0.0.1", () => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    if (process.send === undefined) console.log(`${title}: ${url}   (what they were asked: ${url}/books)`);
    else process.send(url);
  });
  process.on("disconnect", () => process.exit());
}

interface Shop {
  readonly books: Books;
  readonly tempers: World["tempers"];
}

async function answer(request: IncomingMessage, response: ServerResponse, { books, tempers }: Shop): Promise<void> {
  const service = request.url?.slice(1) ?? "";
  if (service === "books") return say(response, 200, books.requests);
  const temper = tempers[service];
  if (temper === undefined) return say(response, 404, `there is no ${service}`);
  if (request.method === "GET") return say(response, 200, { count: books.count(service) });
  const key = request.headers["idempotency-key"];
  if (typeof key !== "string") return say(response, 400, "an idempotency-key is needed");
  const asked = await text(request).catch(() => null);
  if (asked === null) return; // the caller died while it spoke
  const body = JSON.parse(asked) as Request["body"];

  // Entered before it is slow: the caller may die while it waits.
  const mood = moodOf(temper, books.ask(key), Math.random());
  const done = mood === "refuses" ? null : books.perform(service, key);
  const caller = request.headers["user-agent"] ?? "";
  books.requests.push({ service, key, caller, at: Date.now(), body, effect: done?.effect ?? false });

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
