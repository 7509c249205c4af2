// The port of `millrace dev`. It stays open while the app behind it is stopped and started: who comes meanwhile waits a moment, or is told what
// is broken.
import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { connect, createServer, type Server, type Socket } from "node:net";
import { listening, type At } from "../listening.ts";
import { brokenPage } from "./broken-page.ts";

/** Then who waits is told that it takes long. */
const PATIENCE_MS = 30_000;

type Behind =
  | { readonly kind: "nobody yet" }
  | { readonly kind: "port"; readonly port: number }
  | { readonly kind: "broken"; readonly title: string; readonly text: string };

export class FrontDoor {
  readonly #server: Server;
  readonly #answers: HttpServer;
  readonly #open = new Set<Socket>();
  #waiting = new Set<() => void>();
  #behind: Behind = { kind: "nobody yet" };

  constructor() {
    this.#answers = createHttpServer((request, response) => {
      const behind = this.#behind.kind === "broken" ? this.#behind : { title: "The app is still starting", text: "" };
      brokenPage(request, response, behind);
    });
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#come(socket));
  }

  /** @throws CliError `CLI_PORT_TAKEN` */
  listen(at: At): Promise<number> {
    return listening(this.#server, at, "--port");
  }

  /** Who comes from here on waits. */
  hold(): void {
    this.#behind = { kind: "nobody yet" };
  }

  leadTo(port: number): void {
    this.#turn({ kind: "port", port });
  }

  tellBroken(title: string, text: string): void {
    this.#turn({ kind: "broken", title, text });
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#turn({ kind: "broken", title: "millrace dev has ended", text: "" });
    for (const socket of this.#open) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#answers.closeAllConnections();
  }

  #turn(behind: Behind): void {
    this.#behind = behind;
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const go of waiting) go();
  }

  #come(socket: Socket): void {
    this.#open.add(socket);
    socket.on("close", () => this.#open.delete(socket));
    socket.on("error", () => socket.destroy());
    const late = setTimeout(() => {
      this.#waiting.delete(go);
      this.#answer(socket);
    }, PATIENCE_MS);
    const go = (): void => {
      if (socket.destroyed) return clearTimeout(late);
      switch (this.#behind.kind) {
        case "nobody yet":
          return void this.#waiting.add(go);
        case "broken":
          clearTimeout(late);
          return this.#answer(socket);
        case "port":
          clearTimeout(late);
          return this.#lead(socket, this.#behind.port);
      }
    };
    socket.on("close", () => {
      clearTimeout(late);
      this.#waiting.delete(go);
    });
    go();
  }

  #answer(socket: Socket): void {
    this.#answers.emit("connection", socket);
  }

  #lead(socket: Socket, port: number): void {
    const inner = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
    inner.once("connect", () => {
      socket.pipe(inner);
      inner.pipe(socket);
    });
    inner.on("error", () => socket.destroy());
    inner.on("close", () => socket.destroy());
    socket.on("close", () => inner.destroy());
  }
}
