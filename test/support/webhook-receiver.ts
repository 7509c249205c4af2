// A server that alerts go to: it is down when the first message of a code comes, and takes the next.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface AlertBody {
  readonly code: string;
  readonly message: string;
  readonly count: number;
  readonly partitions: readonly number[];
}

export class WebhookReceiver implements AsyncDisposable {
  /** All that was said to it, refused or taken. */
  readonly tries: { readonly text: string; readonly body: AlertBody; readonly isTaken: boolean }[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      let text = "";
      request.setEncoding("utf8");
      request.on("data", (part: string) => (text += part));
      request.on("end", () => {
        const body = JSON.parse(text) as AlertBody;
        const isTaken = this.tries.some((before) => before.body.code === body.code);
        this.tries.push({ text, body, isTaken });
        response.writeHead(isTaken ? 204 : 503).end();
      });
    });
  }

  static async open(): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, "127.0.0.1", resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** What it took of a code. */
  taken(code: string): readonly AlertBody[] {
    return this.tries.filter(({ body, isTaken }) => isTaken && body.code === code).map(({ body }) => body);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
