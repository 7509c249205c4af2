// Server-Sent Events out of a stream of bytes. EventSource of the browser cannot send a token.

export interface ServerSentEvent {
  readonly event: string;
  readonly data: string;
}

interface Patience {
  /** A connection may be gone without anybody being told: then nothing comes, not even what keeps it alive. */
  readonly longestSilenceMs: number;
}

/** Ends with the stream. Throws what reading throws, and when nothing comes for too long. */
export async function* serverSentEvents(stream: ReadableStream<Uint8Array>, patience: Patience): AsyncGenerator<ServerSentEvent> {
  let event = "message";
  let data: string[] = [];
  for await (const line of lines(stream, patience)) {
    if (line === "") {
      if (data.length > 0) yield { event, data: data.join("\n") };
      event = "message";
      data = [];
      continue;
    }
    const colon = line.indexOf(":");
    // A comment keeps the connection alive.
    if (colon === 0) continue;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") event = value;
    if (field === "data") data.push(value);
  }
}

async function* lines(stream: ReadableStream<Uint8Array>, { longestSilenceMs }: Patience): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await within(longestSilenceMs, reader.read());
      if (done) return;
      rest += decoder.decode(value, { stream: true });
      const ended = rest.split(/\r\n|\n|\r(?!$)/);
      rest = ended.pop() ?? "";
      yield* ended;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function within<Value>(ms: number, promise: Promise<Value>): Promise<Value> {
  const { promise: silence, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`nothing came for ${ms} ms`)), ms);
  try {
    return await Promise.race([promise, silence]);
  } finally {
    clearTimeout(timer);
  }
}
