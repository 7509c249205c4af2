// Which manifest is to decide: a worker publishes its own if its content is new, or if no live worker runs the active one (DESIGN §7).
import type { Log, Suitability } from "../log/log.ts";
import type { FunctionsTopic } from "./functions-topic.ts";
import { decodeFacts } from "./member-facts.ts";

export interface PublishedManifest {
  readonly hash: string;
  readonly content: string;
  readonly worker: string;
}

/** Returns the version that this worker waits for. */
export async function chooseManifest(log: Log, group: string, functions: FunctionsTopic, own: PublishedManifest): Promise<number> {
  const { active } = functions;
  if (active?.hash === own.hash) return active.version;
  if (active === null || !functions.has(own.hash)) return functions.publish(own);
  const members = await log.members(group);
  const isActiveAlive = members.some(({ metadata }) => decodeFacts(metadata).manifest === active.hash);
  return isActiveAlive ? active.version : functions.publish(own);
}

/**
 * Members that have the code in force get partitions before others, so that no run waits for its code; whoever comes with a manifest that is
 * new has what is in force in a moment. A member that cannot read what the journals hold would only stop them.
 */
export function suitabilityOf(metadata: Buffer, functions: FunctionsTopic): Suitability {
  const { manifest, reads } = decodeFacts(metadata);
  if (reads < functions.format) return "not";
  const { active } = functions;
  return active === null || manifest === null || manifest === active.hash || !functions.has(manifest) ? "well" : "poorly";
}
