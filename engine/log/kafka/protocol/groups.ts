import type { WireRequest } from "./request.ts";
import { ByteWriter, type ByteReader } from "./wire.ts";

export interface CoordinatorAnswer {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly host: string;
  readonly port: number;
}

/** FindCoordinator v2 of a consumer group. */
export function findCoordinatorRequest(group: string): WireRequest<CoordinatorAnswer> {
  const body = new ByteWriter();
  body.string(group).int8(0);
  return { apiKey: 10, apiName: "FindCoordinator", apiVersion: 2, body: body.finish(), read: readCoordinator };
}

function readCoordinator(answer: ByteReader): CoordinatorAnswer {
  const throttleTimeMs = answer.int32();
  const errorCode = answer.int16();
  answer.nullableString(); // error message
  answer.int32(); // node id
  return { throttleTimeMs, errorCode, host: answer.string(), port: answer.int32() };
}

export interface DescribeGroupAnswer {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  /** `Stable`, `Empty`, `Dead`, `PreparingRebalance` or `CompletingRebalance`. Members' metadata is told in `Stable` alone. */
  readonly state: string;
  readonly members: readonly { readonly memberId: string; readonly metadata: Buffer; readonly assignment: Buffer }[];
}

/** DescribeGroups v2 of one group, to be asked of its coordinator. */
export function describeGroupRequest(group: string): WireRequest<DescribeGroupAnswer> {
  const body = new ByteWriter();
  body.int32(1).string(group);
  return { apiKey: 15, apiName: "DescribeGroups", apiVersion: 2, body: body.finish(), read: readGroup };
}

function readGroup(answer: ByteReader): DescribeGroupAnswer {
  const throttleTimeMs = answer.int32();
  let errorCode = 0;
  let state = "Dead";
  let members: DescribeGroupAnswer["members"] = [];
  answer.array(() => {
    errorCode = answer.int16();
    answer.string(); // group
    state = answer.string();
    answer.string(); // protocol type
    answer.string(); // protocol
    members = answer.array(() => {
      const memberId = answer.string();
      answer.string(); // client id
      answer.string(); // client host
      const metadata = answer.view();
      return { memberId, metadata, assignment: answer.view() };
    });
  });
  return { throttleTimeMs, errorCode, state, members };
}
