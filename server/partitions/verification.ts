// Proves that the state of each partition is what its journal says (R1): owners tell their digests, and another process rebuilds the state.
import { askDigest } from "../../engine/replay/live-digests.ts";
import { workInChild } from "../child/work-in-child.ts";
import type { ShownPartition } from "../contract/partitions.ts";
import { ServerError } from "../http/server-error.ts";
import type { RunningOperation, ServedApp } from "../served-app.ts";
import type { VerifyRequest, VerifyTold } from "./verify-process.ts";

const SCRIPT = import.meta.url.endsWith(".ts")
  ? new URL("./verify-process.ts", import.meta.url)
  : new URL("./verify-process.js", import.meta.url);
const ANSWER_MS = 10_000;

export type Verified = NonNullable<ShownPartition["verified"]>;

export class Verification {
  readonly #served: ServedApp;
  readonly #verified = new Map<number, Verified>();

  constructor(served: ServedApp) {
    this.#served = served;
  }

  /** Null: nobody verified it here. */
  of(partition: number): Verified | null {
    return this.#verified.get(partition) ?? null;
  }

  /** @throws ServerError `CONFLICT` where a partition is not what it should be, or has no owner that answers; ChildError; LogError */
  async run({ signal, at }: RunningOperation): Promise<void> {
    const { log, topics, partitions } = this.#served;
    at(0, partitions, "asking the owners of the partitions");
    const numbers = Array.from({ length: partitions }, (_, partition) => partition);
    const live = await Promise.all(
      numbers.map((partition) => askDigest({ log, topics, partitions, partition, timeoutMs: ANSWER_MS, signal })),
    );
    let done = 0;
    const request: VerifyRequest = { topics: { journal: topics.journal, state: topics.state }, live };
    const onTold = (message: unknown): void => {
      const told = message as VerifyTold;
      if (told.kind === "progress") {
        at(done, partitions, `partition ${told.partition}: ${Math.round(100 * told.share)} % of its journal, ${told.records} decisions`);
        return;
      }
      done += 1;
      this.#verified.set(told.partition, { at: Date.now(), ...told.verdict });
      at(done, partitions, `partition ${told.partition} is rebuilt`);
    };
    await workInChild({ script: SCRIPT, request, log, signal, name: "the verification", onTold });
    const wrong = numbers.flatMap((partition) => {
      const problem = this.of(partition)?.problem ?? null;
      return problem === null ? [] : [`partition ${partition}: ${problem}`];
    });
    if (wrong.length > 0) throw new ServerError("CONFLICT", wrong.join("; "));
    const silent = numbers.filter((partition) => live[partition] === null);
    if (silent.length > 0) {
      const message = `partitions ${silent.join(", ")}: no running task answered, so nothing is proved of its state. Their journals can be read from the first entry on`;
      throw new ServerError("CONFLICT", message);
    }
    at(partitions, partitions, `all ${partitions} partitions are proved equal to their running tasks`);
  }
}
