// A log whose group assigns what the test says, to as many members at once as it likes: the group only proposes (R8), so nothing may rest on it.
import { openKafkaLog } from "../../../engine/log/kafka/kafka-log.ts";
import type { JoinOptions, Log, Membership } from "../../../engine/log/log.ts";
import type { MillraceOptions } from "../../../engine/sdk/index.ts";

export interface ForcedLog {
  readonly log: Log;
  readonly assign: (partitions: readonly number[]) => void;
}

/** A member whose partition is claimed by another claims again at its next heartbeat: so often. */
const HEARTBEAT_MS = 700;

export async function openForcedLog(options: MillraceOptions["log"], partitions: readonly number[]): Promise<ForcedLog> {
  if (options?.kind !== "kafka") throw new Error("only a Kafka log can have two owners");
  const log = await openKafkaLog({ brokers: options.brokers });
  let member: JoinOptions | null = null;
  const join = async (joining: JoinOptions): Promise<Membership> => {
    member = joining;
    joining.onAssignment(partitions);
    return {
      memberId: "forced",
      lastHeartbeatAt: () => Math.floor(performance.now() / HEARTBEAT_MS) * HEARTBEAT_MS,
      leave: async () => {},
    };
  };
  const forced = new Proxy(log, {
    get(target, name) {
      if (name === "join") return join;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
  return { log: forced, assign: (assigned) => member?.onAssignment(assigned) };
}
