// A relay in a process of its own, to be killed: node relay-process.ts '{ "url": …, "app": …, "brokers": […] }'
import pg from "pg";
import pino from "pino";
import { Millrace } from "../../../engine/sdk/index.ts";
import { createRelay } from "../../../outbox/index.ts";

export interface RelayOrder {
  readonly url: string;
  readonly app: string;
  readonly brokers: readonly string[];
}

if (import.meta.main) relay(JSON.parse(process.argv[2] ?? "") as RelayOrder);

function relay({ url, app: id, brokers }: RelayOrder): void {
  const logger = pino({ level: "silent" });
  const app = new Millrace({ id, log: { kind: "kafka", brokers: [...brokers] }, partitions: 3, logger });
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client(url);
    await client.connect();
    return client;
  };
  createRelay({ app, connect, batch: 20, pollMs: 50, logger }).start();
}
