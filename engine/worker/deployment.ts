// Which manifest is to decide: a worker publishes its own if its content is new, or if no live worker runs the active one (DESIGN §7).
import type { Log } from "../log/log.ts";
import type { FunctionsTopic } from "./functions-topic.ts";

export interface PublishedManifest {
  readonly hash: string;
  readonly content: string;
  readonly worker: string;
}

interface MemberFacts {
  readonly worker: string;
  /** Hash of the manifest that the member's code makes. */
  readonly manifest: string;
}

export function memberFacts(facts: MemberFacts): Buffer {
  return Buffer.from(JSON.stringify(facts));
}

/** Returns the version that this worker waits for. */
export async function chooseManifest(log: Log, group: string, functions: FunctionsTopic, own: PublishedManifest): Promise<number> {
  const { active } = functions;
  if (active?.hash === own.hash) return active.version;
  if (active === null || !functions.has(own.hash)) return functions.publish(own);
  const members = await log.members(group);
  const isActiveAlive = members.some((member) => hashOf(member.metadata) === active.hash);
  return isActiveAlive ? active.version : functions.publish(own);
}

/** Null where a member says nothing intelligible. */
export function workerNamed(metadata: Buffer): string | null {
  return factOf(metadata, "worker");
}

function hashOf(metadata: Buffer): string | null {
  return factOf(metadata, "manifest");
}

function factOf(metadata: Buffer, name: keyof MemberFacts): string | null {
  try {
    const facts: unknown = JSON.parse(metadata.toString());
    const fact: unknown = typeof facts === "object" && facts !== null && name in facts ? Reflect.get(facts, name) : null;
    return typeof fact === "string" ? fact : null;
  } catch {
    return null;
  }
}
