// millrace schemas serve: the app's schemas over HTTP, as Confluent's registry tells its own. Read-only.
import { once } from "node:events";
import { serve } from "@hono/node-server";
import type { Command } from "commander";
import { schemaEndpoint } from "../engine/schemas/registry/endpoint.ts";
import { openTopicRegistry } from "../engine/schemas/registry/topic-registry.ts";
import { toStandardError, wholeNumber, withAppLog, withLogFlags, type LogFlags } from "./app-log.ts";
import { CliError } from "./cli-error.ts";
import { urlAt } from "./this-machine.ts";
import { untilDone } from "./unread-output.ts";

interface ServeFlags extends LogFlags {
  readonly port: string;
  readonly host: string;
}

export function serveSchemasCommand(command: Command): Command {
  return withLogFlags(command)
    .description("serve the app's schemas over HTTP, read-only, as Confluent's registry does")
    .option("--port <number>", "to listen on; 0 takes a free one", "8081")
    .option("--host <address>", "to listen on; 0.0.0.0 lets other machines in", "127.0.0.1")
    .action((flags: ServeFlags) => serveSchemas(flags));
}

/** Until it is interrupted. */
async function serveSchemas(flags: ServeFlags): Promise<void> {
  using _ = untilDone();
  const port = wholeNumber("--port", flags.port);
  await withAppLog(flags, async ({ log, topics }) => {
    const registry = await openTopicRegistry({ log, topic: topics.schemas, logger: toStandardError });
    try {
      await listen(schemaEndpoint(registry).fetch, flags.host, port, registry.description);
    } finally {
      await registry.close();
    }
  });
}

async function listen(fetch: Parameters<typeof serve>[0]["fetch"], hostname: string, port: number, place: string): Promise<void> {
  const interrupted = Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  const { promise: broken, reject } = Promise.withResolvers<never>();
  const server = serve({ fetch, hostname, port }, ({ port: bound }) => {
    process.stdout.write(`schemas of ${place} at ${urlAt({ host: hostname, port: bound })}\n`);
  });
  server.on("error", (cause: Error) =>
    reject(new CliError("CLI_NOT_SERVED", `cannot listen on ${hostname}:${port}: ${cause.message}`, { cause })),
  );
  try {
    await Promise.race([interrupted, broken]);
  } finally {
    server.close();
    if ("closeAllConnections" in server) server.closeAllConnections();
  }
}
