// Which node leads the metadata quorum: asked by hand, since kafkajs does not know KIP-595's DescribeQuorum.
import { once } from "node:events";
import { connect } from "node:net";

import { splitAddress } from "../kafka/probe.ts";

export async function quorumLeader(address: string): Promise<number> {
  const [host, port] = splitAddress(address);
  const socket = connect({ host, port });
  try {
    await once(socket, "connect");
    socket.write(REQUEST);
    let answer = Buffer.alloc(0);
    for await (const chunk of socket) {
      answer = Buffer.concat([answer, chunk as Buffer]);
      if (answer.length >= 4 && answer.length >= 4 + answer.readInt32BE(0)) return leaderIn(answer);
    }
    throw new Error(`${address} did not say who leads the quorum`);
  } finally {
    socket.destroy();
  }
}

const TOPIC = "__cluster_metadata";

// DescribeQuorum v0, flexible: header v2 (client id "probe", no tags), one topic with partition 0.
const REQUEST = ((): Buffer => {
  const header = Buffer.alloc(16);
  header.writeInt16BE(55, 0);
  header.writeInt16BE(0, 2);
  header.writeInt32BE(1, 4);
  header.writeInt16BE(5, 8);
  header.write("probe", 10, "latin1");
  const body = Buffer.concat([header, Buffer.from([2, TOPIC.length + 1]), Buffer.from(TOPIC), Buffer.from([2, 0, 0, 0, 0, 0, 0, 0])]);
  const size = Buffer.alloc(4);
  size.writeInt32BE(body.length);
  return Buffer.concat([size, body]);
})();

/** Size, correlation id, no tags, error, one topic: its name, one partition: index, error, leader. */
function leaderIn(answer: Buffer): number {
  const BEFORE_TOPICS = 4 + 4 + 1;
  const error = answer.readInt16BE(BEFORE_TOPICS);
  if (error !== 0) throw new Error(`DescribeQuorum answered error ${error}`);
  return answer.readInt32BE(BEFORE_TOPICS + 2 + 1 + 1 + TOPIC.length + 1 + 4 + 2);
}
