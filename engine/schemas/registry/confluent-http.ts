// Questions to a registry that @kafkajs/confluent-schema-registry has no method for, with the same address, credentials and agent.
import http from "node:http";
import https from "node:https";

export interface RegistryAddress {
  /** Without a slash at the end, and without credentials. */
  readonly url: string;
  readonly auth?: { readonly username: string; readonly password: string };
  readonly headers?: Readonly<Record<string, string>>;
  /** For TLS with certificates of one's own, or a proxy. */
  readonly agent?: http.Agent;
}

/** The registry answered, and the answer is no. */
export class RegistryAnswer extends Error {
  override readonly name = "RegistryAnswer";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export const CONFLUENT_JSON = "application/vnd.schemaregistry.v1+json";
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** @throws RegistryAnswer for a status from 400 on; Error of Node where nobody answers. */
export async function askRegistry(address: RegistryAddress, path: string, options: AskOptions): Promise<unknown> {
  const { status, text } = await exchange(address, path, options);
  if (status < 200 || status >= 300)
    throw new RegistryAnswer(status, `${messageIn(text) ?? http.STATUS_CODES[status] ?? ""} (HTTP ${status})`);
  return JSON.parse(text);
}

export interface AskOptions {
  readonly signal: AbortSignal;
  /** Makes it a POST. */
  readonly body?: object;
}

interface Exchanged {
  readonly status: number;
  readonly text: string;
}

async function exchange({ url, auth, headers, agent }: RegistryAddress, path: string, { signal, body }: AskOptions): Promise<Exchanged> {
  const { promise, resolve, reject } = Promise.withResolvers<Exchanged>();
  const request = (url.startsWith("https:") ? https : http).request(
    url + path,
    {
      method: body === undefined ? "GET" : "POST",
      headers: { accept: CONFLUENT_JSON, ...(body === undefined ? {} : { "content-type": CONFLUENT_JSON }), ...headers },
      ...(auth === undefined ? {} : { auth: `${auth.username}:${auth.password}` }),
      ...(agent === undefined ? {} : { agent }),
      signal,
    },
    (response) => {
      collect(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), reject);
    },
  );
  request.on("error", reject);
  request.end(body === undefined ? undefined : JSON.stringify(body));
  return promise;
}

async function collect(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    const read = chunk as Buffer;
    bytes += read.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`its answer is larger than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(read);
  }
  return Buffer.concat(chunks).toString();
}

function messageIn(text: string): string | null {
  try {
    const { message } = JSON.parse(text) as { readonly message?: unknown };
    return typeof message === "string" ? message : null;
  } catch {
    return null; // of a proxy in between, or of no registry at all
  }
}
