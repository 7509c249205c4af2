// A partition's owner without a loop: decides what it is told, and puts its frames into a journal that is a list.
import { Meters } from "../../engine/observability/meters.ts";
import { jsonEvents } from "../../engine/task/read-event.ts";
import { encodeClaim } from "../../engine/journal/entry.ts";
import { encodeFrame } from "../../engine/journal/frame-formats.ts";
import { silentLogger } from "../../engine/observability/logger.ts";
import { foldEntry } from "../../engine/task/fold.ts";
import { FrameQueue } from "../../engine/task/frame-queue.ts";
import { Intake } from "../../engine/task/intake.ts";
import { Ledger } from "../../engine/task/ledger.ts";
import { decide, type Input } from "../../engine/workflow/decide.ts";
import { encodeEvent } from "../../engine/workflow/event/cloud-event.ts";
import { sourceKey } from "../../engine/workflow/source/source.ts";
import { emptyState, type PartitionState } from "../../engine/workflow/state.ts";

/** Entries by offset. */
export type Journal = Buffer[];

export function foldOf(journal: readonly Buffer[], state: PartitionState = emptyState(0, 1)): PartitionState {
  for (const [offset, value] of journal.entries()) foldEntry(state, offset, value);
  return state;
}

export interface Sent {
  readonly topic: string;
  readonly offset: number;
  readonly name: string;
  readonly id: string;
  /** Null: no JSON. */
  readonly data: string | null;
}

export class LivePartition {
  readonly state: PartitionState;
  readonly #journal: Journal;
  readonly #frames: FrameQueue;
  readonly #ledger: Ledger;
  readonly #intake: Intake;
  readonly #now: () => number;

  /** Restores from the journal, and claims. */
  constructor(journal: Journal, nonce: number, now: () => number) {
    this.#journal = journal;
    this.#now = now;
    this.state = foldOf(journal);
    const claim = encodeClaim({ nonce, replaces: this.state.owner?.epoch ?? -1, worker: `w${nonce}`, time: now() });
    foldEntry(this.state, journal.length, claim);
    journal.push(claim);
    this.#frames = new FrameQueue(this.state, now);
    this.#ledger = new Ledger({
      state: this.state,
      frames: this.#frames,
      recording: () => {},
      recorded: () => {},
      asked: () => {},
      next: () => null,
    });
    this.#intake = new Intake({
      state: this.state,
      frames: this.#frames,
      reader: jsonEvents,
      maxEventBytes: 1024 * 1024,
      logger: silentLogger,
      meters: new Meters(),
      now: () => Math.max(this.state.time, now()),
      commit: (decision) => this.#ledger.commit(decision),
    });
  }

  submit(input: Input): void {
    const decision = decide(this.state, input, Math.max(this.state.time, this.#now()));
    if (decision.outcome === "decided") this.#ledger.commit(decision);
  }

  read({ topic, offset, name, id, data }: Sent): void {
    const source = this.state.sources.get(sourceKey(topic, 0));
    if (source === undefined || offset < source.next) return;
    const { key, value, headers } = encodeEvent({ id, name, data: data ?? "{", time: this.#now(), key: null, source: "s" });
    const bytes = Object.fromEntries(Object.entries(headers).map(([header, text]) => [header, Buffer.from(text)]));
    void this.#intake.take(source, { offset, timestamp: this.#now(), key, value, headers: bytes }, true);
  }

  /** Appends what waits. `between` says what lands before each frame. */
  flush(between: () => void = () => {}): void {
    for (let frame = this.#frames.take(); frame !== null; frame = this.#frames.take()) {
      between();
      const { epoch = -1, nonce = -1 } = this.state.owner ?? {};
      this.#journal.push(encodeFrame({ epoch, nonce, ...frame }));
    }
  }
}
