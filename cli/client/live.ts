// What changes in a server, as it tells it: Server-Sent Events, begun anew when they break off.
import { setTimeout as sleep } from "node:timers/promises";
import type { LiveMessage } from "../../server/contract/live.ts";
import type { ApiClient } from "./api-client.ts";
import { ApiError } from "./api-error.ts";
import { CliError } from "../cli-error.ts";

/** `begun`: something may have been missed. */
export type Told = LiveMessage | { readonly type: "begun" };

const AGAIN_MS = 1_000;

/** Until `signal` says. The first connection has to succeed; later ones are tried until they do. @throws ApiError; CliError */
export async function* liveMessages(client: ApiClient, signal: AbortSignal): AsyncGenerator<Told> {
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    try {
      const stream = await client.stream("/live", signal);
      yield { type: "begun" };
      yield* messagesOf(stream);
    } catch (error) {
      if (signal.aborted) return;
      // What broke off while it was read is neither; what says no for good stays that.
      if (isFirst && (error instanceof ApiError || error instanceof CliError)) throw error;
      if (error instanceof ApiError && !error.isPassing) throw error;
    }
    await sleep(AGAIN_MS, undefined, { signal }).catch(() => {});
  }
}

async function* messagesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<LiveMessage> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf("\n\n"); end !== -1; end = text.indexOf("\n\n")) {
      const data = text
        .slice(0, end)
        .split("\n")
        .flatMap((line) => (line.startsWith("data:") ? [line.slice("data:".length)] : []));
      text = text.slice(end + 2);
      if (data.length > 0) yield JSON.parse(data.join("\n")) as LiveMessage;
    }
  }
}
