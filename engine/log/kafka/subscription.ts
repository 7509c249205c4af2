// What a member tells its group when it joins, in the free part of Kafka's subscription: JSON, so that members of different
// releases understand each other.
import { AssignerProtocol } from "./kafkajs.ts";

export const ASSIGNMENT_PROTOCOL = "millrace-sticky-v1";

export interface MemberFacts {
  readonly owned: readonly number[];
  readonly metadata: Buffer;
}

export function encodeSubscription(topic: string, { owned, metadata }: MemberFacts): Buffer {
  const userData = Buffer.from(JSON.stringify({ owned, metadata: metadata.toString("base64") }));
  return AssignerProtocol.MemberMetadata.encode({ version: 0, topics: [topic], userData });
}

/** A member that says nothing intelligible owns nothing. */
export function decodeSubscription(subscription: Buffer): MemberFacts {
  try {
    const decoded = AssignerProtocol.MemberMetadata.decode(subscription);
    const facts: unknown = JSON.parse(decoded?.userData.toString() ?? "null");
    if (typeof facts !== "object" || facts === null) return NOTHING;
    const owned = "owned" in facts && Array.isArray(facts.owned) ? facts.owned.filter((p): p is number => Number.isInteger(p)) : [];
    const metadata = "metadata" in facts && typeof facts.metadata === "string" ? Buffer.from(facts.metadata, "base64") : NOTHING.metadata;
    return { owned, metadata };
  } catch {
    return NOTHING;
  }
}

export function encodeAssignment(topic: string, partitions: readonly number[]): Buffer {
  return AssignerProtocol.MemberAssignment.encode({ version: 0, assignment: { [topic]: [...partitions] }, userData: Buffer.alloc(0) });
}

/** A group is about one topic: its partitions are all that is in it. */
export function decodeAssignment(assignment: Buffer): readonly number[] {
  try {
    const decoded = AssignerProtocol.MemberAssignment.decode(assignment);
    return Object.values(decoded?.assignment ?? {})
      .flat()
      .toSorted((a, b) => a - b);
  } catch {
    return [];
  }
}

const NOTHING: MemberFacts = { owned: [], metadata: Buffer.alloc(0) };
