// Who is alive in a group, asked of its coordinator without being a member.
import { LogError } from "../errors.ts";
import type { GroupMember } from "../log.ts";
import { backoffMs, pause } from "./backoff.ts";
import type { Cluster } from "./cluster.ts";
import type { Connections } from "./connections.ts";
import { fromKafkajs } from "./errors.ts";
import { addressOf, type Endpoint } from "./link.ts";
import { ERROR, errorOfCode } from "./protocol/error-codes.ts";
import { describeGroupRequest, findCoordinatorRequest } from "./protocol/groups.ts";
import { decodeAssignment, decodeSubscription } from "./subscription.ts";

const REQUEST_TIMEOUT_MS = 2_500;
const REBALANCE_POLL_MS = 50;

export class GroupMembers {
  readonly #cluster: Cluster;
  readonly #connections: Connections;
  readonly #closing: AbortSignal;
  readonly #coordinators = new Map<string, Endpoint>();

  constructor(cluster: Cluster, connections: Connections, closing: AbortSignal) {
    this.#cluster = cluster;
    this.#connections = connections;
    this.#closing = closing;
  }

  /** Waits for a rebalance to end: during one, the coordinator does not tell members' metadata. */
  async members(group: string): Promise<readonly GroupMember[]> {
    for (;;) {
      const members = await this.#retried(group, () => this.#describe(group));
      if (members !== null) return members;
      await pause(REBALANCE_POLL_MS, this.#closing);
    }
  }

  /** Waits until the group has a coordinator that answers: kafkajs waits long for one that does not. */
  async untilCoordinated(group: string): Promise<void> {
    this.#coordinators.delete(group);
    await this.#retried(group, () => this.#describe(group));
  }

  async #retried<T>(group: string, attempt: () => Promise<T>): Promise<T> {
    for (let failures = 1; ; failures++) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof LogError) || !error.retriable || this.#closing.aborted) throw error;
        this.#coordinators.delete(group);
        await pause(backoffMs(failures), this.#closing);
        if (failures > 1) await this.#cluster.refresh().catch(() => {});
      }
    }
  }

  async #describe(group: string): Promise<readonly GroupMember[] | null> {
    const coordinator = await this.#coordinatorOf(group);
    const link = this.#connections.link("admin", coordinator);
    const { errorCode, state, members } = await link.request(describeGroupRequest(group), REQUEST_TIMEOUT_MS);
    if (errorCode !== ERROR.none) throw errorOfCode(errorCode, `to describe group ${group}`);
    if (state === "PreparingRebalance" || state === "CompletingRebalance") return null;
    return members.map(({ memberId, metadata, assignment }) => ({
      memberId,
      metadata: decodeSubscription(metadata).metadata,
      assigned: decodeAssignment(assignment),
    }));
  }

  async #coordinatorOf(group: string): Promise<Endpoint> {
    const known = this.#coordinators.get(group);
    if (known !== undefined) return known;
    const asked = this.#cluster.anyBroker;
    try {
      const link = this.#connections.link("admin", asked);
      const { errorCode, host, port } = await link.request(findCoordinatorRequest(group), REQUEST_TIMEOUT_MS);
      if (errorCode !== ERROR.none) throw errorOfCode(errorCode, `to find the coordinator of group ${group}`);
      this.#coordinators.set(group, { host, port });
      return { host, port };
    } catch (error) {
      const reason = fromKafkajs(error, addressOf(asked));
      if (reason.code === "LOG_UNAVAILABLE") this.#cluster.distrust(addressOf(asked));
      throw reason;
    }
  }
}
