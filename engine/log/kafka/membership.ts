// Membership of a group, by a kafkajs consumer that never fetches: every partition is paused in the very event that assigns it.
import { LogError } from "../errors.ts";
import type { JoinOptions, Membership } from "../log.ts";
import { assignPartitions } from "./assign.ts";
import { backoffMs, pause } from "./backoff.ts";
import { fromKafkajs } from "./errors.ts";
import type { Consumer, Kafka, PartitionAssigner } from "./kafkajs.ts";
import type { NoticeBoard } from "./notices.ts";
import { ASSIGNMENT_PROTOCOL, decodeSubscription, encodeAssignment, encodeSubscription } from "./subscription.ts";

export interface MembershipSettings {
  readonly sessionTimeoutMs: number;
  /** A kafkajs client of its own: it keeps the credentials' authenticator. */
  readonly newClient: () => InstanceType<typeof Kafka>;
  readonly description: string;
  readonly notices: NoticeBoard;
  readonly closing: AbortSignal;
}

const REBALANCE_TIMEOUT_MS = 10_000;
const IDLE_POLL_MS = 100;

/**
 *   joining ──GROUP_JOIN──▶ member ──CRASH──▶ joining (onLost is told) …
 *      any ──leave()──▶ left
 */
export class GroupMembership implements Membership {
  readonly #options: JoinOptions;
  readonly #settings: MembershipSettings;
  readonly #leaving = new AbortController();
  #consumer: Consumer | null = null;
  #memberId = "";
  #owned: readonly number[] = [];
  #hasShare = false;
  #heartbeatSentAt = -Infinity;
  #heartbeatAt = -Infinity;
  #left: Promise<void> | null = null;

  private constructor(options: JoinOptions, settings: MembershipSettings) {
    this.#options = options;
    this.#settings = settings;
  }

  /** Resolves when the group has given this member its first share, be it empty. */
  static async join(options: JoinOptions, settings: MembershipSettings): Promise<GroupMembership> {
    const membership = new GroupMembership(options, settings);
    await membership.#keepJoining();
    return membership;
  }

  get memberId(): string {
    return this.#memberId;
  }

  lastHeartbeatAt(): number {
    return this.#heartbeatAt;
  }

  leave(): Promise<void> {
    this.#left ??= this.#leave();
    return this.#left;
  }

  async #leave(): Promise<void> {
    this.#leaving.abort();
    const consumer = this.#consumer;
    this.#consumer = null;
    await consumer?.disconnect().catch(() => {}); // its session ends anyhow
  }

  get #ending(): AbortSignal {
    return AbortSignal.any([this.#leaving.signal, this.#settings.closing]);
  }

  async #keepJoining(): Promise<void> {
    for (let failures = 1; ; failures++) {
      try {
        return await this.#joinOnce();
      } catch (cause) {
        const error = fromKafkajs(cause, this.#settings.description);
        if (this.#ending.aborted) throw new LogError("LOG_CLOSED", "The log was closed, or the group left.", { cause });
        if (!error.retriable) throw error;
        this.#settings.notices.post({
          level: "warn",
          code: error.code,
          message: `Joining ${this.#options.group}: ${error.message}`,
          cause,
        });
        await pause(backoffMs(failures), this.#ending);
      }
    }
  }

  async #joinOnce(): Promise<void> {
    const consumer = this.#newConsumer();
    this.#consumer = consumer;
    const joined = Promise.withResolvers<void>();
    let isJoined = false;
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      if (this.#consumer !== consumer) return;
      const partitions = (payload.memberAssignment[this.#options.topic] ?? []).toSorted((a, b) => a - b);
      consumer.pause([{ topic: this.#options.topic, partitions }]);
      this.#memberId = payload.memberId;
      this.#take(partitions);
      isJoined = true;
      joined.resolve();
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (this.#consumer !== consumer) return;
      this.#consumer = null;
      if (isJoined) this.#lost(payload.error);
      else joined.reject(payload.error);
    });
    this.#watchHeartbeats(consumer);
    try {
      await consumer.connect();
      await consumer.subscribe({ topic: this.#options.topic, fromBeginning: true });
      await consumer.run({ autoCommit: false, eachBatch: async () => {} });
      await joined.promise;
    } catch (error) {
      this.#consumer = null;
      await consumer.disconnect().catch(() => {});
      throw error;
    }
    if (this.#ending.aborted) {
      await consumer.disconnect().catch(() => {});
      throw new LogError("LOG_CLOSED", "The log was closed, or the group left.");
    }
  }

  #take(partitions: readonly number[]): void {
    const isSame = partitions.length === this.#owned.length && partitions.every((partition, i) => partition === this.#owned[i]);
    if (isSame && this.#hasShare) return;
    this.#hasShare = true;
    this.#owned = partitions;
    this.#options.onAssignment(partitions);
  }

  #lost(reason: Error): void {
    const error = fromKafkajs(reason, this.#settings.description);
    this.#settings.notices.post({
      level: "warn",
      code: error.code,
      message: `Lost group ${this.#options.group}: ${error.message}`,
      cause: reason,
    });
    this.#options.onLost?.(error);
    this.#keepJoining().catch((cause: unknown) => {
      if (this.#ending.aborted) return;
      const failure = fromKafkajs(cause, this.#settings.description);
      this.#settings.notices.post({
        level: "error",
        code: failure.code,
        message: `Joining ${this.#options.group} failed: ${failure.message}`,
        cause,
      });
      this.#options.onLost?.(failure);
    });
  }

  /** kafkajs tells of a heartbeat when it was answered; when it was sent stands in the event of its request, just before. */
  #watchHeartbeats(consumer: Consumer): void {
    consumer.on(consumer.events.REQUEST, ({ payload }) => {
      if (payload.apiName === "Heartbeat") this.#heartbeatSentAt = performance.now() - Math.max(0, payload.duration) - 1;
    });
    consumer.on(consumer.events.HEARTBEAT, () => {
      if (this.#consumer === consumer) this.#heartbeatAt = Math.max(this.#heartbeatAt, this.#heartbeatSentAt);
    });
  }

  #newConsumer(): Consumer {
    const { sessionTimeoutMs } = this.#settings;
    return this.#settings.newClient().consumer({
      groupId: this.#options.group,
      partitionAssigners: [this.#assigner()],
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: Math.min(500, Math.floor(sessionTimeoutMs / 6)),
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
      maxWaitTimeInMs: IDLE_POLL_MS,
      metadataMaxAge: 60_000,
      allowAutoTopicCreation: false,
      // A crash is ours to mend, with a new consumer: kafkajs' own restart keeps the old one's metadata.
      retry: { retries: 5, initialRetryTime: 100, maxRetryTime: 1_000, restartOnFailure: async () => false },
    });
  }

  #assigner(): PartitionAssigner {
    const { topic, metadata } = this.#options;
    return ({ cluster }) => ({
      name: ASSIGNMENT_PROTOCOL,
      version: 0,
      protocol: () => ({ name: ASSIGNMENT_PROTOCOL, metadata: encodeSubscription(topic, { owned: this.#owned, metadata }) }),
      assign: async ({ members }) => {
        const claimants = members.map(({ memberId, memberMetadata }) => ({ memberId, owned: decodeSubscription(memberMetadata).owned }));
        const partitionCount = cluster.findTopicPartitionMetadata(topic).length;
        const shares = assignPartitions(partitionCount, claimants);
        return [...shares].map(([memberId, share]) => ({ memberId, memberAssignment: encodeAssignment(topic, share) }));
      },
    });
  }
}
