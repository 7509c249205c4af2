// An owner's way out in good order (DESIGN §5): it says that it goes and goes on with all that it does, until a successor knocks; then it begins
// nothing more, lets running steps finish, and says its last word.
import type { OwnerReleased, OwnerReleasing } from "../workflow/records.ts";
import { isServing, type TaskStatus } from "./status.ts";

export interface LeaveTakingHost {
  status(): TaskStatus;
  move(to: TaskStatus): void;
  /** Makes it easy for the successor; takes no time worth mentioning. */
  prepare(): Promise<void>;
  say(record: OwnerReleasing | OwnerReleased): void;
  /** Resolves when what was said is acknowledged. */
  flushed(): Promise<void>;
  /** Looks at the journal's end, where nothing was appended for so long. */
  look(idleMs: number): void;
  /** Begins nothing more; resolves when running steps have ended, at most after `graceMs`, and what they said is recorded and paid. */
  quiesce(graceMs: number): Promise<void>;
  close(): void;
}

export class LeaveTaking {
  readonly #host: LeaveTakingHost;
  readonly #knocked = Promise.withResolvers<void>();

  constructor(host: LeaveTakingHost) {
    this.#host = host;
  }

  /** The successor waits until `until` (milliseconds since 1970). Said again, a later time counts. */
  async announce(until: number): Promise<void> {
    const host = this.#host;
    const status = host.status();
    if (status === "CREATED" || status === "RESTORING") host.close();
    if (!isServing(status)) return;
    if (status === "RUNNING") {
      host.move("LEAVING");
      await host.prepare();
    }
    host.say({ type: "OwnerReleasing", until });
    await host.flushed();
  }

  /** Resolves when a successor is ready to take over from an owner that has said that it goes, or when the task is over. */
  get knocked(): Promise<void> {
    return this.#knocked.promise;
  }

  /** A successor says in the journal that it has read all. */
  heardKnock(): void {
    if (this.#host.status() === "LEAVING") this.#knocked.resolve();
  }

  listen(idleMs: number): void {
    if (this.#host.status() === "LEAVING") this.#host.look(idleMs);
  }

  async finish(graceMs: number): Promise<void> {
    const host = this.#host;
    if (host.status() !== "LEAVING") return;
    host.move("RELEASING");
    await host.quiesce(graceMs);
    host.say({ type: "OwnerReleased" });
    await host.flushed();
    host.close();
  }

  /** The task is over: nobody waits for a knock any longer. */
  close(): void {
    this.#knocked.resolve();
  }
}
