// Brokers: each by itself, from here.
import type { LogOptions } from "../../engine/config/options.ts";
import type { LookOptions } from "../../engine/log/kafka/look-at-brokers.ts";
import { fail, ok, type Finding } from "./finding.ts";

const TIMEOUT_MS = 5_000;

export interface BrokersFound {
  /** One an address. */
  readonly findings: readonly Finding[];
  /** How many brokers the cluster has, however many addresses they have. */
  readonly clusterSize: number;
}

export async function brokerFindings({ brokers, ssl, sasl }: Extract<LogOptions, { kind: "kafka" }>): Promise<BrokersFound> {
  const { lookAtBrokers } = await import("../../engine/log/kafka/look-at-brokers.ts");
  const credentials = {
    ...(ssl === undefined ? {} : { ssl }),
    // What a mechanism takes is checked by logging in.
    ...(sasl === undefined ? {} : { sasl: sasl as NonNullable<LookOptions["sasl"]> }),
  };
  const looked = await lookAtBrokers({ brokers, timeoutMs: TIMEOUT_MS, ...credentials });
  const findings = looked.brokers.map(({ address, from, found }) => {
    const of = `broker ${address}`;
    if (found.kind === "reached") return ok(of, found.kafka);
    const mend =
      from === "named"
        ? `is it up, and does that listener want TLS or a login? --brokers, and log.ssl and log.sasl in millrace.json`
        : `another broker says that it is there: its advertised.listeners have to be addresses that this machine reaches`;
    return fail(of, `${found.error.code}: ${found.error.message}`, mend);
  });
  return { findings, clusterSize: looked.size };
}
