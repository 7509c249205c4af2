// The database's own thread: opens the file it is given, and does what it is asked, in order.
import { parentPort, workerData } from "node:worker_threads";
import { must, unreachable } from "../../core/errors.ts";
import { toLogError } from "./sqlite-errors.ts";
import { SqliteStore } from "./sqlite-store.ts";
import { type PackedSlice, packSlice, type StoreReply, type StoreRequest, takeApart } from "./store-messages.ts";

const port = must(parentPort, "the parent's port");
const file = String(workerData);

function perform(store: SqliteStore, request: StoreRequest): unknown {
  switch (request.call) {
    case "load":
      return store.load();
    case "commit":
      return store.commit(request.writes);
    case "read":
      return packSlice(store.read(request.partition, request.from, request.below, request.maxBytes));
    case "findTime":
      return store.findTime(request.partition, request.time);
    case "trim":
      return store.trim(request.partition, request.start);
    case "compact":
      return store.compact(request.partition, request.below);
    case "createTopic":
      return store.createTopic(request.topic);
    case "close":
      return store.close();
    default:
      return unreachable(request);
  }
}

/** What in an answer changes hands instead of being copied. */
function handedOver(request: StoreRequest, value: unknown): ArrayBuffer[] {
  if (request.call !== "read") return [];
  const { bytes, index } = value as PackedSlice;
  return [bytes.buffer, index.buffer];
}

function send(reply: StoreReply, transfer: ArrayBuffer[] = []): void {
  port.postMessage(reply, transfer);
}

function open(): SqliteStore | null {
  try {
    const store = new SqliteStore(file);
    send({ ok: true, value: undefined });
    return store;
  } catch (error) {
    send({ ok: false, error: takeApart(toLogError(error, file)) });
    return null;
  }
}

const store = open();
if (store !== null) {
  port.on("message", (request: StoreRequest) => {
    try {
      const value = perform(store, request);
      send({ ok: true, value }, handedOver(request, value));
    } catch (error) {
      send({ ok: false, error: takeApart(toLogError(error, file)) });
    }
    if (request.call === "close") port.close(); // with nothing left to wait for, the thread ends
  });
}
