// A server that answers as it is told, one answer after the other; the last one again and again.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Answer {
  readonly status: number;
  readonly body: object;
  readonly retryAfter?: number;
}

export interface AnsweringServer extends AsyncDisposable {
  readonly url: string;
  /** `GET /api/v1/functions` */
  readonly asked: readonly string[];
}

export function problem(status: number, code: string, detail: string, retryAfter?: number): Answer {
  return { status, body: { type: "about:blank", title: code, status, code, detail }, ...(retryAfter === undefined ? {} : { retryAfter }) };
}

export async function answeringServer(answers: readonly Answer[]): Promise<AnsweringServer> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)];
    asked.push(`${request.method ?? ""} ${request.url ?? ""}`);
    const { status, body, retryAfter } = answer ?? problem(500, "NO_ANSWER", "it was told none");
    const again = retryAfter === undefined ? {} : { "retry-after": String(retryAfter) };
    response.writeHead(status, { "content-type": "application/json", ...again }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
