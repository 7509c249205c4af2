// What takes a while, in this process: begun, followed, stopped, and remembered for some time.
//
//   running ──▶ done | failed | stopped
import { randomId } from "../engine/core/ids.ts";
import type { Clock } from "../engine/core/clock.ts";
import { inTime } from "../engine/core/in-time.ts";
import type { Logger } from "../engine/observability/logger.ts";
import type { Operation } from "./contract/operations.ts";
import { asCoded } from "./http/problem.ts";
import { ServerError } from "./http/server-error.ts";
import { SERVER_ENDING } from "./server-ending.ts";
import type { LiveHub, Operations, RunningOperation } from "./served-app.ts";

/** Of those that are over. */
const REMEMBERED = 500;
const MAX_RUNNING = 100;
/** Of those that each read all journals in a process of their own. */
const MAX_PROCESSES = 4;
const IN_PROCESSES: readonly Operation["kind"][] = ["dry-run", "verify"];
/** So long they have when the server closes. */
const LAST_MS = 5_000;
/** Progress is told at most so often. */
const TELL_MS = 250;

interface Entry {
  shown: Operation;
  readonly abort: AbortController;
  over: Promise<void>;
  toldAt: number;
}

export class RunningOperations implements Operations {
  readonly #entries = new Map<string, Entry>();
  readonly #live: LiveHub;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #isClosed = false;

  constructor({ live, clock, logger }: { readonly live: LiveHub; readonly clock: Clock; readonly logger: Logger }) {
    this.#live = live;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** @throws ServerError `CONFLICT` where one of this id runs, `TOO_MANY_REQUESTS`, `NOT_READY` */
  start(
    of: { readonly kind: Operation["kind"]; readonly title: string; readonly actor: string; readonly id?: string },
    work: (operation: RunningOperation) => Promise<void>,
  ): Operation {
    const id = of.id ?? randomId();
    this.#check(id, of.kind);
    const { kind, title, actor } = of;
    const shown: Operation = {
      id,
      kind,
      title,
      actor,
      state: "running",
      done: 0,
      total: null,
      detail: "",
      startedAt: this.#clock.wallMs(),
      endedAt: null,
      error: null,
    };
    const entry: Entry = { shown, abort: new AbortController(), over: Promise.resolve(), toldAt: -Infinity };
    // At the end, also where one of this id was there before: a map keeps the order of what was put first.
    this.#entries.delete(id);
    this.#entries.set(id, entry);
    entry.over = this.#carryOut(entry, work);
    this.#forget();
    return entry.shown;
  }

  /** The newest first. */
  list(): readonly Operation[] {
    return [...this.#entries.values()].map(({ shown }) => shown).toReversed();
  }

  get(id: string): Operation | null {
    return this.#entries.get(id)?.shown ?? null;
  }

  stop(id: string): boolean {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.shown.state !== "running") return false;
    entry.abort.abort();
    return true;
  }

  /** Stops all, and resolves when each is over; or after some seconds, since one that waits for a silent log hears nothing else. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const entries = [...this.#entries.values()];
    for (const { abort } of entries) abort.abort(SERVER_ENDING);
    const over = Promise.all(entries.map((entry) => entry.over)).then(() => {});
    if (await inTime(this.#clock, LAST_MS, over)) return;
    const left = entries.filter(({ shown }) => shown.state === "running").map(({ shown }) => shown.id);
    this.#logger.warn({ code: "OPERATION_NOT_STOPPED", operations: left }, "operations did not stop in time: they end with this process");
  }

  async #carryOut(entry: Entry, work: (operation: RunningOperation) => Promise<void>): Promise<void> {
    const { id } = entry.shown;
    const { signal } = entry.abort;
    const at = (done: number, total: number | null, detail?: string): void => this.#progress(entry, done, total, detail);
    // What `start` returns is how it begins, whatever the work does at once.
    await Promise.resolve();
    // Stopped before it began.
    if (signal.aborted) return this.#end(entry, "stopped", null);
    try {
      await work({ id, signal, at });
      this.#end(entry, signal.aborted && isShort(entry.shown) ? "stopped" : "done", null);
    } catch (error) {
      if (signal.aborted) return this.#end(entry, "stopped", null);
      const known = asCoded(error);
      if (known === null) this.#logger.error({ code: "OPERATION_FAILED", operation: id, err: error }, "an operation failed");
      const message = error instanceof Error ? error.message : String(error);
      this.#end(entry, "failed", { code: known?.code ?? "OPERATION_FAILED", message });
    }
  }

  #progress(entry: Entry, done: number, total: number | null, detail: string | undefined): void {
    if (entry.shown.state !== "running") return;
    entry.shown = { ...entry.shown, done, total, detail: detail ?? entry.shown.detail };
    const now = this.#clock.monotonicMs();
    if (now - entry.toldAt < TELL_MS) return;
    entry.toldAt = now;
    this.#live.tell({ type: "operation", id: entry.shown.id });
  }

  #end(entry: Entry, state: Operation["state"], error: Operation["error"]): void {
    entry.shown = { ...entry.shown, state, error, endedAt: this.#clock.wallMs() };
    this.#live.tell({ type: "operation", id: entry.shown.id });
  }

  #check(id: string, kind: Operation["kind"]): void {
    if (this.#isClosed) throw new ServerError("NOT_READY", "the server is stopping: begin it again when it is back");
    const running = [...this.#entries.values()].filter(({ shown }) => shown.state === "running");
    if (running.some(({ shown }) => shown.id === id)) throw new ServerError("CONFLICT", `operation ${id} is running already`);
    const processes = running.filter(({ shown }) => IN_PROCESSES.includes(shown.kind)).length;
    const isFull = IN_PROCESSES.includes(kind) && processes >= MAX_PROCESSES;
    if (!isFull && running.length < MAX_RUNNING) return;
    const which = isFull ? `${MAX_PROCESSES} dry runs or verifications` : `${MAX_RUNNING} operations`;
    const message = `${which} are running already: wait for one of them, or stop it`;
    throw new ServerError("TOO_MANY_REQUESTS", message, { retryAfterSeconds: 30 });
  }

  #forget(): void {
    const over = [...this.#entries].filter(([, { shown }]) => shown.state !== "running");
    for (const [id] of over.slice(0, Math.max(0, over.length - REMEMBERED))) this.#entries.delete(id);
  }
}

/** Work that was stopped and came to its end all the same is done. */
function isShort({ done, total }: Operation): boolean {
  return total === null || done < total;
}
