import type { ApiVersions } from "../kafkajs.ts";
import type { WireRequest } from "./request.ts";
import type { ByteReader } from "./wire.ts";

export interface ApiVersionsAnswer {
  readonly throttleTimeMs: number;
  readonly versions: ApiVersions;
}

/** ApiVersions v1: what the broker speaks. The one request that is answered before authentication. */
export function apiVersionsRequest(): WireRequest<ApiVersionsAnswer> {
  return { apiKey: 18, apiName: "ApiVersions", apiVersion: 1, body: Buffer.alloc(0), read: readVersions };
}

function readVersions(answer: ByteReader): ApiVersionsAnswer {
  answer.int16(); // error: none is possible at a version that every broker has
  const versions: Record<number, { minVersion: number; maxVersion: number }> = {};
  answer.array(() => {
    const key = answer.int16();
    versions[key] = { minVersion: answer.int16(), maxVersion: answer.int16() };
  });
  return { throttleTimeMs: 0, versions };
}

const METADATA = 3;
// Fetch v11 came last of all that is used here, with Kafka 2.3.
const FETCH = 1;
const FETCH_VERSION = 11;

/** Why this endpoint cannot serve, or null. Completes a sentence that starts with its address. */
export function missingFromBroker(versions: ApiVersions): string | null {
  if (versions[METADATA] === undefined) return "is a controller's port: give the address of a broker's listener.";
  if ((versions[FETCH]?.maxVersion ?? 0) < FETCH_VERSION) return "is a Kafka older than 2.3, which is not supported.";
  return null;
}
