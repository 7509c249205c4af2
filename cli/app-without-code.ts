// An app that is served by a process without its code: its workers run elsewhere.
import { ConfigurationError } from "../engine/core/configuration-error.ts";
import { Millrace } from "../engine/sdk/millrace.ts";
import type { LoadedApp } from "./app-module.ts";
import { untilItIsThere, type AppToCome } from "./app-to-come.ts";
import { CliError } from "./cli-error.ts";
import { loadCodec } from "./codec-module.ts";
import { hearInterrupt } from "./interrupt.ts";

export interface WithoutCode extends Pick<AppToCome, "at" | "say"> {
  readonly id: string;
  /** A module that exports it. */
  readonly codec: string | undefined;
}

/**
 * Declares nothing; may send and command all the same. An app that is not there is not made, and waited for; null where this process was told to end
 * meanwhile. @throws CliError `CLI_EMBEDDED`, `CLI_PORT_TAKEN`; LogError; TopicError
 */
export async function appWithoutCode({ id, codec: codecModule, at, say }: WithoutCode): Promise<LoadedApp | null> {
  const codec = codecModule === undefined ? null : await loadCodec(codecModule);
  const bare = { id, createTopics: false, ...(codec === null ? {} : { codec }) };
  const app = new Millrace(bare);
  const { options, topics, connect } = app.parts;
  if (options.log.kind === "embedded") {
    throw new CliError(
      "CLI_EMBEDDED",
      "an embedded log is for one process at a time, so that no workers can run elsewhere: name the module of the app, or Kafka by --brokers",
    );
  }
  using interrupt = hearInterrupt();
  const { signal } = interrupt;
  // Brokers that do not answer are asked until it is stopped.
  signal.addEventListener("abort", () => void app.stop());
  const name = topics.journal.replace(/\.journal$/, "");
  try {
    const isThere = await untilItIsThere({ name, at, say, signal, look: async () => void (await connect()) });
    return isThere ? app : null;
  } catch (cause) {
    if (signal.aborted) return null;
    // It seals data of subjects: so does what is sent from here, and the keys open what is shown.
    if (cause instanceof ConfigurationError && cause.code === "NOT_ERASABLE") return new Millrace({ ...bare, erasable: true });
    throw cause;
  }
}
