// What a worker tells its group about itself, as JSON, so that builds of different age understand each other.
import { FIRST_FORMAT } from "../journal/frame-formats.ts";

export interface MemberFacts {
  /** Null where a member says nothing intelligible. */
  readonly worker: string | null;
  /** Hash of the manifest that the member's code makes. */
  readonly manifest: string | null;
  /** The highest format that it reads (R14). */
  readonly reads: number;
  /** Codes of alerts that it tells somebody by itself. */
  readonly tells: readonly string[];
}

export function encodeFacts(facts: MemberFacts): Buffer {
  return Buffer.from(JSON.stringify(facts));
}

export function decodeFacts(metadata: Buffer): MemberFacts {
  const told = parsed(metadata);
  const { worker, manifest, reads, tells } = told;
  return {
    worker: typeof worker === "string" ? worker : null,
    manifest: typeof manifest === "string" ? manifest : null,
    reads: typeof reads === "number" && Number.isInteger(reads) ? reads : FIRST_FORMAT,
    tells: Array.isArray(tells) ? tells.filter((code) => typeof code === "string") : [],
  };
}

function parsed(metadata: Buffer): Readonly<Record<string, unknown>> {
  try {
    const told: unknown = JSON.parse(metadata.toString());
    return typeof told === "object" && told !== null ? { ...told } : {};
  } catch {
    return {};
  }
}
