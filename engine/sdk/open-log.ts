// The adapter that the options ask for.
import type { LogOptions } from "../config/options.ts";
import type { Log } from "../log/log.ts";
import type { KafkaLogOptions } from "../log/kafka/kafka-log.ts";
import type { Logger } from "../observability/logger.ts";

/** Adapters are loaded when they are used: an app on the embedded log never loads kafkajs, one on Kafka never opens sqlite. */
export async function openLog(options: LogOptions, logger: Logger, signal: AbortSignal): Promise<Log> {
  if (options.kind === "embedded") {
    const { openEmbeddedLog } = await import("../log/embedded/embedded-log.ts");
    return openEmbeddedLog(options.path === undefined ? {} : { path: options.path });
  }
  const { openKafkaLog } = await import("../log/kafka/kafka-log.ts");
  return openKafkaLog(kafkaOptions(options, logger, signal));
}

function kafkaOptions(options: Extract<LogOptions, { kind: "kafka" }>, logger: Logger, signal: AbortSignal): KafkaLogOptions {
  const { clientId, ssl, sasl, sessionTimeoutMs, replicationFactor, compression } = options;
  return {
    brokers: options.brokers,
    ...(clientId === undefined ? {} : { clientId }),
    ...(ssl === undefined ? {} : { ssl }),
    // What a SASL mechanism takes is checked by the adapter, by logging in.
    ...(sasl === undefined ? {} : { sasl: sasl as NonNullable<KafkaLogOptions["sasl"]> }),
    ...(sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs }),
    ...(replicationFactor === undefined ? {} : { replicationFactor }),
    ...(compression === undefined ? {} : { compression }),
    signal,
    onNotice: ({ level, message, ...fields }) => logger[level](fields, message),
  };
}
