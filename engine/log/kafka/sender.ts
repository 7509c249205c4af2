// One Produce request in flight to one broker, carrying the oldest batch of each partition that it leads.
//
//   answer ──▶ callers are told ──▶ a turn or two of the event loop, in which they append again ──▶ next request, with all of it
import { setImmediate as nextTurn } from "node:timers/promises";
import { LogError } from "../errors.ts";
import type { Cluster, Leader } from "./cluster.ts";
import type { Connections } from "./connections.ts";
import type { Link } from "./link.ts";
import type { Batch, PartitionQueue } from "./partition-queue.ts";
import { isCertainlyNotAppended } from "./protocol/error-codes.ts";
import { produceRequest, type ProduceAnswer, type ProducedPartition } from "./protocol/produce.ts";

export interface SenderListener {
  /** The broker's word on this partition. The queue is the listener's again. */
  answered(queue: PartitionQueue, batch: Batch, answer: ProducedPartition): void;
  /** No word: what was sent may be in the log or not. The queue is the listener's again. */
  unanswered(queue: PartitionQueue, error: LogError): void;
}

/** What an answer sets off, a handler's next step above all, takes more than one turn until it is appended: this request takes it along. */
const GATHERING_TURNS = 2;
const MAX_REQUEST_BYTES = 8 * 1024 * 1024;
/** A live broker answers in this time whatever its replicas do; partitions not yet replicated are told so and go the slow way. */
const REPLICATION_TIMEOUT_MS = 1_500;
const SLOW_REPLICATION_TIMEOUT_MS = 15_000;
/** No answer in this time after the broker's own time-out: it is frozen, or gone. */
const GRACE_MS = 1_000;
const LEADER_CHECK_MS = 2_500;

export class Sender {
  readonly #leader: Leader;
  readonly #link: Link;
  readonly #cluster: Cluster;
  readonly #listener: SenderListener;
  readonly #isSlow: boolean;
  readonly #ready = new Set<PartitionQueue>();
  #isRunning = false;

  constructor(lane: "produce" | "produce-slow", leader: Leader, connections: Connections, cluster: Cluster, listener: SenderListener) {
    this.#leader = leader;
    this.#link = connections.link(lane, leader);
    this.#cluster = cluster;
    this.#listener = listener;
    this.#isSlow = lane === "produce-slow";
  }

  add(queue: PartitionQueue): void {
    this.#ready.add(queue);
    if (!this.#isRunning) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#ready.size > 0) {
      for (let turn = 0; turn < GATHERING_TURNS; turn += 1) await nextTurn();
      await this.#send(this.#pick());
    }
    this.#isRunning = false;
  }

  /** As many as fit one request; the others go first in the next. */
  #pick(): Map<PartitionQueue, Batch> {
    const picked = new Map<PartitionQueue, Batch>();
    let bytes = 0;
    for (const queue of this.#ready) {
      const batch = queue.head();
      if (batch !== null && bytes > 0 && bytes + batch.bytes.length > MAX_REQUEST_BYTES) continue;
      this.#ready.delete(queue);
      if (batch === null) {
        queue.rest();
        continue;
      }
      bytes += batch.bytes.length;
      picked.set(queue, batch);
    }
    return picked;
  }

  async #send(picked: Map<PartitionQueue, Batch>): Promise<void> {
    if (picked.size === 0) return;
    const batches = [...picked].map(([queue, batch]) => ({ ...queue.target, bytes: batch.bytes }));
    const inDoubtBefore = new Map([...picked.values()].map((batch) => [batch, batch.inDoubt]));
    for (const batch of picked.values()) batch.inDoubt = true;
    const replication = this.#isSlow ? SLOW_REPLICATION_TIMEOUT_MS : REPLICATION_TIMEOUT_MS;
    const leaderCheck = this.#isSlow ? setInterval(() => void this.#leaveIfDeposed(picked), LEADER_CHECK_MS) : undefined;
    try {
      const answer = await this.#link.request(produceRequest(batches, replication), replication + GRACE_MS);
      this.#distribute(picked, answer, inDoubtBefore);
    } catch (error) {
      this.#cluster.distrust(this.#link.address);
      const reason = error instanceof LogError ? error : new LogError("LOG_FAILED", "An append failed in the adapter.", { cause: error });
      for (const queue of picked.keys()) this.#listener.unanswered(queue, reason);
    } finally {
      clearInterval(leaderCheck);
    }
  }

  #distribute(picked: Map<PartitionQueue, Batch>, { partitions }: ProduceAnswer, inDoubtBefore: Map<Batch, boolean>): void {
    const answers = new Map<string, ProducedPartition>();
    for (const answer of partitions) answers.set(`${answer.topic}/${answer.partition}`, answer);
    for (const [queue, batch] of picked) {
      const answer = answers.get(`${queue.target.topic}/${queue.target.partition}`);
      if (answer === undefined) {
        this.#listener.unanswered(queue, incomplete(this.#link.address));
        continue;
      }
      if (isCertainlyNotAppended(answer.errorCode)) batch.inDoubt = inDoubtBefore.get(batch) ?? false;
      this.#listener.answered(queue, batch, answer);
    }
  }

  /** While the slow way waits for replicas, the lead may move: what waits at the old leader will never be acknowledged there. */
  async #leaveIfDeposed(picked: Map<PartitionQueue, Batch>): Promise<void> {
    const queues = [...picked.keys()];
    try {
      await this.#cluster.refresh();
    } catch {
      return; // nobody answers: nothing is known that says to leave
    }
    const leads = ({ target }: PartitionQueue): boolean => this.#cluster.leader(target)?.nodeId === this.#leader.nodeId;
    if (queues.some(leads)) return;
    this.#link.drop(new LogError("LOG_UNAVAILABLE", `${this.#link.address} does not lead these partitions any more.`, { retriable: true }));
  }
}

function incomplete(address: string): LogError {
  return new LogError("LOG_UNAVAILABLE", `${address} answered for fewer partitions than were sent.`, { retriable: true });
}
