import { expect, test } from "vitest";

import { asEnvironment, asProperties, brokerSettings, type NodePlan } from "../../support/kafka/settings.ts";

const nodes: NodePlan[] = [1, 2, 3].map((id) => {
  const at = { client: `127.0.0.1:${id}0`, internal: `127.0.0.1:${id}1`, controller: `127.0.0.1:${id}2` };
  return { id, listen: at, advertised: at };
});
const [first] = nodes as [NodePlan];

test("three brokers keep three copies, two of them in sync; one broker keeps one", () => {
  expect(brokerSettings(first, nodes, "/data", {})).toMatchObject({
    "default.replication.factor": "3",
    "min.insync.replicas": "2",
    "controller.quorum.voters": "1@127.0.0.1:12,2@127.0.0.1:22,3@127.0.0.1:32",
  });
  expect(brokerSettings(first, [first], "/data", {})).toMatchObject({ "default.replication.factor": "1", "min.insync.replicas": "1" });
});

test("clients alone see the advertised address; brokers among themselves do not", () => {
  const proxied = { ...first, advertised: { ...first.advertised, client: "127.0.0.1:99" } };
  expect(brokerSettings(proxied, [proxied], "/data", {})).toMatchObject({
    "advertised.listeners": "CLIENT://127.0.0.1:99,INTERNAL://127.0.0.1:11",
    "inter.broker.listener.name": "INTERNAL",
  });
});

test("settings asked for win over ours", () => {
  expect(brokerSettings(first, [first], "/data", { "broker.session.timeout.ms": "9000" })["broker.session.timeout.ms"]).toBe("9000");
});

test("the two spellings of a setting", () => {
  expect(asProperties({ "log.dirs": "/data" })).toBe("log.dirs=/data\n");
  expect(asEnvironment({ "log.dirs": "/data", "a-b_c": "1" })).toEqual({ KAFKA_LOG_DIRS: "/data", KAFKA_A___B__C: "1" });
});
