// The app's schemas over HTTP, as Confluent's registry tells its own, for clients in any language that read the app's events. Read-only:
// schemas are registered by the app.
// https://docs.confluent.io/platform/current/schema-registry/develop/api.html
import { Hono, type Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { SchemaError } from "../schema-error.ts";
import { parseEventSchema } from "../avro/event-schema.ts";
import { CONFLUENT_JSON } from "./confluent-http.ts";
import type { BookVersion } from "./schema-book.ts";
import type { TopicRegistry } from "./topic-registry.ts";

/** Confluent's own numbers; the first three digits are the HTTP status. */
const CODES = {
  notFound: 404,
  subject: 40401,
  version: 40402,
  schema: 40403,
  ownMode: 40408,
  notAllowed: 405,
  badVersion: 42202,
  badSchema: 42201,
  failed: 50001,
  unavailable: 50301,
} as const;

class Refused extends Error {
  override readonly name = "Refused";
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** Give its `fetch` to a server. */
export function schemaEndpoint(registry: TopicRegistry): Hono {
  const app = new Hono();
  const get = (path: string, answer: (request: Context) => unknown): void => {
    app.get(path, async (request) => told(request, 200, await answer(request)));
  };
  const versions = async (request: Context): Promise<readonly BookVersion[]> => versionsOf(registry, parameter(request, "subject"));
  const version = async (request: Context): Promise<BookVersion> => chosen(await versions(request), parameter(request, "version"));
  const schema = async (request: Context): Promise<string> => schemaOf(registry, parameter(request, "id"));

  get("/", () => ({}));
  get("/subjects", async (request) => {
    const prefix = request.req.query("subjectPrefix") ?? "";
    return (await fresh(registry)).subjects.filter((subject) => subject.startsWith(prefix));
  });
  get("/subjects/:subject/versions", async (request) => (await versions(request)).map((each) => each.version));
  get("/subjects/:subject/versions/:version", async (request) => shown(await version(request)));
  get("/subjects/:subject/versions/:version/schema", async (request) => parsed((await version(request)).schema));
  get("/schemas/types", () => ["AVRO"]);
  get("/schemas/ids/:id", async (request) => ({ schema: await schema(request) }));
  get("/schemas/ids/:id/schema", async (request) => parsed(await schema(request)));
  get("/schemas/ids/:id/subjects", async (request) => (await uses(registry, request)).map(({ subject }) => subject));
  get("/schemas/ids/:id/versions", async (request) =>
    (await uses(registry, request)).map(({ subject, version: number }) => ({ subject, version: number })),
  );
  get("/config", async () => ({ compatibilityLevel: await registry.compatibilityOf("") }));
  get("/config/:subject", async (request) => {
    const subject = parameter(request, "subject");
    if (request.req.query("defaultToGlobal") === "true") return { compatibilityLevel: await registry.compatibilityOf(subject) };
    throw new Refused(CODES.ownMode, `Subject '${subject}' has no compatibility level of its own: that of the app is in force`);
  });
  get("/mode", () => ({ mode: "READONLY" }));
  get("/mode/:subject", () => ({ mode: "READONLY" }));
  // A look-up, though it is a POST: serializers that may not register ask for the id of their schema in this way.
  app.post("/subjects/:subject", async (request) => told(request, 200, shown(lookedUp(await versions(request), await request.req.text()))));

  app.all("*", (request) => {
    if (request.req.method === "GET" || request.req.method === "HEAD") throw new Refused(CODES.notFound, "HTTP 404 Not Found");
    request.header("allow", "GET, HEAD");
    throw new Refused(
      CODES.notAllowed,
      "HTTP 405 Method Not Allowed: this registry is read-only, schemas are registered by the app itself",
    );
  });
  app.onError((error, request) => {
    const code = error instanceof Refused ? error.code : error instanceof SchemaError && error.retriable ? CODES.unavailable : CODES.failed;
    const status = Number(String(code).slice(0, 3)) as ContentfulStatusCode;
    return told(request, status, { error_code: code, message: error.message });
  });
  return app;
}

function told(request: Context, status: ContentfulStatusCode, answer: unknown): Response {
  return request.body(JSON.stringify(answer), status, { "content-type": CONFLUENT_JSON });
}

/** What stands in the topic now; where the log does not answer, what is known. */
async function fresh(registry: TopicRegistry): Promise<TopicRegistry["book"]> {
  await registry.refresh().catch(() => undefined);
  return registry.book;
}

async function versionsOf(registry: TopicRegistry, subject: string): Promise<readonly BookVersion[]> {
  const versions = (await fresh(registry)).versionsOf(subject);
  if (versions.length === 0) throw new Refused(CODES.subject, `Subject '${subject}' not found.`);
  return versions;
}

function chosen(versions: readonly BookVersion[], asked: string): BookVersion {
  const isLatest = asked === "latest" || asked === "-1";
  if (!isLatest && !/^[1-9]\d{0,9}$/.test(asked)) {
    throw new Refused(
      CODES.badVersion,
      `The specified version '${asked}' is not a valid version id: it is a number from 1 on, or "latest"`,
    );
  }
  const found = isLatest ? versions.at(-1) : versions.find(({ version }) => version === Number(asked));
  if (found === undefined) throw new Refused(CODES.version, `Version ${asked} not found.`);
  return found;
}

async function schemaOf(registry: TopicRegistry, id: string): Promise<string> {
  const text = /^\d{1,10}$/.test(id) ? await registry.schemaOf(Number(id)) : null;
  if (text === null) throw new Refused(CODES.schema, `Schema ${id} not found`);
  return text;
}

async function uses(registry: TopicRegistry, request: Context): Promise<readonly BookVersion[]> {
  const id = parameter(request, "id");
  await schemaOf(registry, id);
  const { book } = registry;
  return book.subjects.flatMap((subject) => book.versionsOf(subject)).filter((version) => version.id === Number(id));
}

function lookedUp(versions: readonly BookVersion[], body: string): BookVersion {
  const text = normalText(body);
  const found = versions.findLast(({ schema }) => schema === text);
  if (found === undefined) throw new Refused(CODES.schema, "Schema not found");
  return found;
}

function normalText(body: string): string {
  try {
    const { schema } = JSON.parse(body) as { readonly schema?: unknown };
    return parseEventSchema(JSON.parse(String(schema)), "the schema that was asked for").text;
  } catch (cause) {
    throw new Refused(CODES.badSchema, `Invalid schema: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

function shown({ subject, version, id, schema }: BookVersion): object {
  return { subject, version, id, schema };
}

function parsed(text: string): unknown {
  return JSON.parse(text);
}

function parameter(request: Context, name: string): string {
  return request.req.param(name) ?? "";
}
