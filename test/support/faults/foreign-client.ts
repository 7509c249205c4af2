// What others do to an app's topics with tools of their own: kafkajs as anybody would use it.
import { randomUUID } from "node:crypto";

import { Kafka, logLevel } from "../../../engine/log/kafka/kafkajs.ts";

export interface ForeignRecord {
  readonly partition: number;
  readonly key?: Buffer | string | null;
  readonly value: Buffer | string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

export class ForeignClient {
  readonly #kafka: InstanceType<typeof Kafka>;

  constructor(brokers: readonly string[]) {
    this.#kafka = new Kafka({ brokers: [...brokers], clientId: "foreign", logLevel: logLevel.NOTHING });
  }

  async send(topic: string, records: readonly ForeignRecord[]): Promise<void> {
    const producer = this.#kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    try {
      // One at a time: their order is the order they were given in.
      for (const { partition, key = null, value, headers = {} } of records)
        await producer.send({ topic, messages: [{ partition, key, value, headers: { ...headers } }] });
    } finally {
      await producer.disconnect();
    }
  }

  /** All in one transaction. */
  async sendInTransaction(topic: string, records: readonly ForeignRecord[], end: "commit" | "abort"): Promise<void> {
    const producer = this.#kafka.producer({
      allowAutoTopicCreation: false,
      transactionalId: `foreign-${randomUUID()}`,
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await producer.connect();
    try {
      const transaction = await producer.transaction();
      const messages = records.map(({ partition, key = null, value, headers = {} }) => ({
        partition,
        key,
        value,
        headers: { ...headers },
      }));
      await transaction.send({ topic, messages });
      await transaction[end]();
    } finally {
      await producer.disconnect();
    }
  }

  async createTopic(topic: string, partitions: number): Promise<void> {
    await this.#withAdmin((admin) => admin.createTopics({ topics: [{ topic, numPartitions: partitions }], waitForLeaders: true }));
  }

  async deleteTopic(topic: string): Promise<void> {
    await this.#withAdmin((admin) => admin.deleteTopics({ topics: [topic] }));
  }

  /** By partition: the broker that leads it, and those in sync. */
  async leaders(topic: string): Promise<readonly { readonly leader: number; readonly inSync: readonly number[] }[]> {
    const { topics } = await this.#withAdmin((admin) => admin.fetchTopicMetadata({ topics: [topic] }));
    const partitions = topics[0]?.partitions ?? [];
    return partitions.toSorted((a, b) => a.partitionId - b.partitionId).map(({ leader, isr }) => ({ leader, inSync: isr }));
  }

  async topics(): Promise<readonly string[]> {
    return this.#withAdmin((admin) => admin.listTopics());
  }

  async #withAdmin<T>(act: (admin: ReturnType<InstanceType<typeof Kafka>["admin"]>) => Promise<T>): Promise<T> {
    const admin = this.#kafka.admin();
    await admin.connect();
    try {
      return await act(admin);
    } finally {
      await admin.disconnect();
    }
  }
}
