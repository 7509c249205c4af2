// Membership of a group, by a kafkajs consumer that never fetches: every partition is paused in the very event that assigns it.
import { LogError } from "../errors.ts";
import type { JoinOptions, Membership } from "../log.ts";
import { assignPartitions } from "../assign.ts";
import { backoffMs, pause } from "./backoff.ts";
import { fromKafkajs } from "./errors.ts";
import type { Consumer, Kafka, PartitionAssigner } from "./kafkajs.ts";
import type { NoticeBoard } from "./notices.ts";
import { ASSIGNMENT_PROTOCOL, decodeSubscription, encodeAssignment, encodeSubscription } from "./subscription.ts";

export interface MembershipSettings {
  readonly sessionTimeoutMs: number;
  /** A kafkajs client of its own: it keeps the credentials' authenticator. */
  readonly newClient: () => InstanceType<typeof Kafka>;
  /** Resolves when the group has a coordinator that answers. */
  readonly untilCoordinated: (group: string) => Promise<void>;
  /** Told of a broker, `host:port`, that gave no answer. */
  readonly distrust: (address: string) => void;
  readonly description: string;
  readonly notices: NoticeBoard;
  readonly closing: AbortSignal;
}

const IDLE_POLL_MS = 200;
const TICK_MS = 250;
/** Joining waits for members that died, a session at most, and takes a few exchanges. */
const JOIN_SESSIONS = 2;

/**
 *   joining ──GROUP_JOIN──▶ member ──CRASH──▶ joining (onLost is told) …
 *      any ──leave()──▶ left
 */
export class GroupMembership implements Membership {
  readonly #options: JoinOptions;
  readonly #settings: MembershipSettings;
  readonly #leaving = new AbortController();
  /** This membership ends, or the log does. */
  readonly #ending: AbortSignal;
  #consumer: Consumer | null = null;
  #memberId = "";
  #owned: readonly number[] = [];
  #hasShare = false;
  #heartbeatAt = -Infinity;
  #watchdog: NodeJS.Timeout | undefined;
  #left: Promise<void> | null = null;

  private constructor(options: JoinOptions, settings: MembershipSettings) {
    this.#options = options;
    this.#settings = settings;
    this.#ending = AbortSignal.any([this.#leaving.signal, settings.closing]);
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
    this.#stopWatching();
    const consumer = this.#consumer;
    this.#consumer = null;
    await consumer?.disconnect().catch(() => {}); // its session ends anyhow
  }

  async #keepJoining(): Promise<void> {
    const wasMember = this.#hasShare;
    for (let failures = 1; ; failures++) {
      try {
        await this.#settings.untilCoordinated(this.#options.group);
        return await this.#joinOnce();
      } catch (cause) {
        const error = fromKafkajs(cause, this.#settings.description);
        if (this.#ending.aborted) throw new LogError("LOG_CLOSED", "The log was closed, or the group left.", { cause });
        if (!error.retriable && !wasMember) throw error; // who was a member once goes on trying, and says why it fails
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
    const onLost = (reason: Error): void => {
      if (isJoined) this.#lose(consumer, reason);
      else joined.reject(reason);
    };
    consumer.on(consumer.events.CRASH, ({ payload }) => onLost(payload.error));
    const onEnding = (): void => joined.reject(this.#ending.reason);
    this.#ending.addEventListener("abort", onEnding);
    if (this.#ending.aborted) onEnding();
    this.#watch(consumer, onLost);
    try {
      await Promise.race([joined.promise, this.#start(consumer).then(() => joined.promise)]);
    } catch (error) {
      if (this.#consumer === consumer) this.#consumer = null;
      this.#stopWatching();
      consumer.disconnect().catch(() => {});
      throw error;
    } finally {
      this.#ending.removeEventListener("abort", onEnding);
    }
  }

  async #start(consumer: Consumer): Promise<void> {
    await consumer.connect();
    await consumer.subscribe({ topic: this.#options.topic, fromBeginning: true });
    await consumer.run({ autoCommit: false, eachBatch: async () => {} });
  }

  #take(partitions: readonly number[]): void {
    const isSame = partitions.length === this.#owned.length && partitions.every((partition, i) => partition === this.#owned[i]);
    if (isSame && this.#hasShare) return;
    this.#hasShare = true;
    this.#owned = partitions;
    this.#options.onAssignment(partitions);
  }

  /** Forgets a consumer that is no member any more, and joins again with another. */
  #lose(consumer: Consumer, reason: Error): void {
    if (this.#consumer !== consumer) return;
    this.#consumer = null;
    this.#stopWatching();
    consumer.disconnect().catch(() => {}); // may take its time: its broker may be what is lost
    const error = fromKafkajs(reason, this.#settings.description);
    const message = `Lost membership of ${this.#options.group}, joining again: ${error.message}`;
    this.#settings.notices.post({ level: "warn", code: error.code, message, cause: reason });
    this.#options.onLost?.(error);
    this.#keepJoining().catch(() => {}); // ends with the log or by leaving
  }

  /**
   * kafkajs tells of a heartbeat when it was answered; when it was sent stands in the event of its request, just before.
   * And it stays with a coordinator that is frozen: after a session's time without an answer this member is none any more.
   */
  #watch(consumer: Consumer, onSilence: (reason: LogError) => void): void {
    const { sessionTimeoutMs } = this.#settings;
    let sentAt = -Infinity;
    let coordinator = "";
    let silentTicks = 0;
    let patience = JOIN_SESSIONS * sessionTimeoutMs;
    consumer.on(consumer.events.REQUEST, ({ payload }) => {
      if (payload.apiName !== "Heartbeat") return;
      sentAt = performance.now() - Math.max(0, payload.duration) - 1;
      coordinator = payload.broker;
    });
    consumer.on(consumer.events.REQUEST_TIMEOUT, ({ payload }) => this.#settings.distrust(payload.broker));
    consumer.on(consumer.events.HEARTBEAT, () => {
      silentTicks = 0;
      if (this.#consumer === consumer) this.#heartbeatAt = Math.max(this.#heartbeatAt, sentAt);
    });
    consumer.on(consumer.events.GROUP_JOIN, () => {
      silentTicks = 0;
      patience = sessionTimeoutMs;
    });
    consumer.on(consumer.events.REBALANCING, () => {
      silentTicks = 0;
      patience = JOIN_SESSIONS * sessionTimeoutMs; // joining waits for the slowest member
    });
    // Ticks, not time: a process that was stuck itself has heard nothing either.
    this.#watchdog = setInterval(() => {
      silentTicks++;
      if (silentTicks * TICK_MS <= patience) return;
      this.#settings.distrust(coordinator);
      onSilence(silence(patience));
    }, TICK_MS);
  }

  #stopWatching(): void {
    clearInterval(this.#watchdog);
  }

  #newConsumer(): Consumer {
    const { sessionTimeoutMs } = this.#settings;
    return this.#settings.newClient().consumer({
      groupId: this.#options.group,
      partitionAssigners: [this.#assigner()],
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: Math.min(500, Math.floor(sessionTimeoutMs / 6)),
      // Nobody has to finish anything before joining anew, since the group only proposes; who is silent for a session is out anyway.
      rebalanceTimeout: sessionTimeoutMs,
      maxWaitTimeInMs: IDLE_POLL_MS,
      // Partition counts never change and a lost coordinator is looked for anyway; but a refresh that meets a partition without a
      // leader would make this member join again, and the whole group rebalance.
      metadataMaxAge: 2 ** 31,
      allowAutoTopicCreation: false,
      // A crash is ours to mend, with a new consumer: kafkajs' own restart keeps the old one's metadata.
      retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 1_000, restartOnFailure: async () => false },
    });
  }

  #assigner(): PartitionAssigner {
    const { topic, metadata, suits } = this.#options;
    return ({ cluster }) => ({
      name: ASSIGNMENT_PROTOCOL,
      version: 0,
      protocol: () => ({ name: ASSIGNMENT_PROTOCOL, metadata: encodeSubscription(topic, { owned: this.#owned, metadata }) }),
      assign: async ({ members }) => {
        const claimants = members.map(({ memberId, memberMetadata }) => {
          const facts = decodeSubscription(memberMetadata);
          return { memberId, owned: facts.owned, ...(suits === undefined ? {} : { suits: suits(facts.metadata) }) };
        });
        const partitionCount = cluster.findTopicPartitionMetadata(topic).length;
        const shares = assignPartitions(partitionCount, claimants);
        return [...shares].map(([memberId, share]) => ({ memberId, memberAssignment: encodeAssignment(topic, share) }));
      },
    });
  }
}

function silence(patienceMs: number): LogError {
  return new LogError("LOG_UNAVAILABLE", `The group's coordinator was silent for ${patienceMs} ms.`, { retriable: true });
}
