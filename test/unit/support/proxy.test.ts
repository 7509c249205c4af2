import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

import { afterEach, beforeEach, expect, test } from "vitest";

import { freePorts } from "../../support/kafka/ports.ts";
import { API, forwardAll, loseAnswer, type Proxy, startProxy } from "../../support/kafka/proxy.ts";

// A stand-in for a broker: answers every request with its correlation id and remembers which API was asked.
let broker: Server;
let asked: number[];
let proxy: Proxy;

beforeEach(async () => {
  const [brokerPort, proxyPort] = await freePorts(2);
  if (brokerPort === undefined || proxyPort === undefined) throw new Error("no free ports");
  asked = [];
  broker = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (data: Buffer) => {
      for (let at = 0; at < data.length; at += 4 + data.readInt32BE(at)) {
        asked.push(data.readInt16BE(at + 4));
        socket.write(answerTo(data.readInt32BE(at + 8)));
      }
    });
  });
  broker.listen(brokerPort, "127.0.0.1");
  await once(broker, "listening");
  proxy = await startProxy({ target: `127.0.0.1:${brokerPort}`, port: proxyPort });
});

afterEach(async () => {
  await proxy.close();
  broker.close();
});

test("frames come through whole and in order, however the bytes were cut", async () => {
  const client = await dial();
  const bytes = Buffer.concat([request(API.metadata, 7), request(API.produce, 8)]);
  client.write(bytes.subarray(0, 5));
  client.write(bytes.subarray(5));
  expect(await read(client, 2)).toEqual([7, 8]);
  expect(asked).toEqual([API.metadata, API.produce]);
  client.destroy();
});

test("the n-th answer is lost with its connection, although the broker took the request", async () => {
  proxy.setRule(loseAnswer(API.produce, 2));
  const client = await dial();
  client.write(request(API.produce, 1));
  expect(await read(client, 1)).toEqual([1]);
  client.write(request(API.produce, 2));
  await once(client, "close");
  expect(asked).toEqual([API.produce, API.produce]);

  const again = await dial();
  again.write(request(API.produce, 3));
  expect(await read(again, 1)).toEqual([3]);
  again.destroy();
});

test("a request that is swallowed reaches nobody and the connection lives on", async () => {
  proxy.setRule((frame) => ({ do: frame.kind === "request" && frame.nth === 1 ? "swallow" : "forward" }));
  const client = await dial();
  client.write(Buffer.concat([request(API.produce, 1), request(API.produce, 2)]));
  expect(await read(client, 1)).toEqual([2]);
  expect(asked).toEqual([API.produce]);
  client.destroy();
});

test("a delayed answer does not let later ones pass", async () => {
  proxy.setRule((frame) => (frame.kind === "answer" && frame.nth === 1 ? { do: "delay", forMs: 20 } : { do: "forward" }));
  const client = await dial();
  client.write(Buffer.concat([request(API.produce, 1), request(API.metadata, 2)]));
  expect(await read(client, 2)).toEqual([1, 2]);
  client.destroy();
});

test("counting starts anew with every rule", async () => {
  const client = await dial();
  client.write(request(API.produce, 1));
  expect(await read(client, 1)).toEqual([1]);
  proxy.setRule(loseAnswer(API.produce, 1));
  client.write(request(API.produce, 2));
  await once(client, "close");
  proxy.setRule(forwardAll);
});

async function dial(): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port: proxy.port });
  await once(socket, "connect");
  return socket;
}

async function read(socket: Socket, count: number): Promise<number[]> {
  let bytes = Buffer.alloc(0);
  while (bytes.length < count * 8) {
    const [chunk] = (await once(socket, "data")) as [Buffer];
    bytes = Buffer.concat([bytes, chunk]);
  }
  return Array.from({ length: count }, (_, index) => bytes.readInt32BE(index * 8 + 4));
}

function request(api: number, correlation: number): Buffer {
  const frame = Buffer.alloc(12);
  frame.writeInt32BE(8, 0);
  frame.writeInt16BE(api, 4);
  frame.writeInt32BE(correlation, 8);
  return frame;
}

function answerTo(correlation: number): Buffer {
  const frame = Buffer.alloc(8);
  frame.writeInt32BE(4, 0);
  frame.writeInt32BE(correlation, 4);
  return frame;
}
