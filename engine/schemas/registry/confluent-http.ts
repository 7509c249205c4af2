// Questions to a registry that @kafkajs/confluent-schema-registry has no method for, with the same address, credentials and agent.
import http from "node:http";
import https from "node:https";
import { SchemaError } from "../schema-error.ts";

export interface RegistryAddress {
  /** With the path of the API where it has one, e.g. `http://registry:8080/apis/ccompat/v7`. */
  readonly url: string;
  readonly auth?: { readonly username: string; readonly password: string };
  readonly headers?: Readonly<Record<string, string>>;
  /** For TLS with certificates of one's own, or a proxy. */
  readonly agent?: http.Agent;
}

/** Credentials may stand in the url. @throws SchemaError SCHEMA_INVALID where it is none. */
export function registryAddress(given: RegistryAddress): RegistryAddress {
  const url = URL.parse(given.url);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new SchemaError("SCHEMA_INVALID", `"${given.url}" is no address of a schema registry: it begins with http:// or https://`);
  }
  const username = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  url.username = "";
  url.password = "";
  return { ...(username === "" ? {} : { auth: { username, password } }), ...given, url: url.href.replace(/\/+$/, "") };
}

/** The registry answered, and the answer is no. */
export class RegistryAnswer extends Error {
  override readonly name = "RegistryAnswer";
  readonly status: number;
  /** Confluent's own, such as 40403. Null: it was something else that answered, such as a proxy, or a server with another API. */
  readonly code: number | null;

  constructor(status: number, code: number | null, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const CONFLUENT_JSON = "application/vnd.schemaregistry.v1+json";
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** @throws RegistryAnswer for a status from 400 on; Error of Node where nobody answers. */
export async function askRegistry(address: RegistryAddress, path: string, options: AskOptions): Promise<unknown> {
  const { status, text } = await exchange(address, path, options);
  if (status < 200 || status >= 300) throw refusal(status, text);
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

function refusal(status: number, text: string): RegistryAnswer {
  const { message, error_code: code } = objectIn(text);
  const said = typeof message === "string" ? message : (http.STATUS_CODES[status] ?? "no");
  return new RegistryAnswer(status, typeof code === "number" ? code : null, `${said} (HTTP ${status})`);
}

function objectIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}
