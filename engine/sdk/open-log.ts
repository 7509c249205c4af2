// The adapter that the options ask for.
import type { LogOptions } from "../config/options.ts";
import type { Log } from "../log/log.ts";
import type { Logger } from "../observability/logger.ts";

/** Adapters are loaded when they are used: an app on the embedded log never loads kafkajs, one on Kafka never opens sqlite. */
export async function openLog(options: LogOptions, logger: Logger, signal: AbortSignal): Promise<Log> {
  if (options.kind === "embedded") {
    const { openEmbeddedLog } = await import("../log/embedded/embedded-log.ts");
    return openEmbeddedLog(options.path === undefined ? {} : { path: options.path });
  }
  const { openKafkaLog } = await import("../log/kafka/kafka-log.ts");
  const { kind: _, ...kafka } = options;
  return openKafkaLog({ ...kafka, signal, onNotice: (notice) => logger.warn(notice, notice.message) });
}
