import { expect, test } from "vitest";

import { givenBrokers, waysToKafka, waysToStartBrokers, withoutKafka } from "../../support/kafka/ways.ts";

test("brokers that run already come first, then containers, then Java", () => {
  expect(waysToKafka({})).toEqual(["docker", "java"]);
  expect(waysToKafka({ KAFKA_BROKERS: "a:9092" })).toEqual(["given", "docker", "java"]);
});

test("KAFKA_BROKERS is a list, and blanks in it are nothing", () => {
  expect(givenBrokers({ KAFKA_BROKERS: " a:9092, b:9092 ," })).toEqual(["a:9092", "b:9092"]);
  expect(givenBrokers({ KAFKA_BROKERS: "" })).toEqual([]);
  expect(givenBrokers({})).toEqual([]);
});

test("a way can be chosen, or none", () => {
  expect(waysToStartBrokers({ TEST_KAFKA: "java" })).toEqual(["java"]);
  expect(waysToStartBrokers({ TEST_KAFKA: "none" })).toEqual([]);
  expect(() => waysToStartBrokers({ TEST_KAFKA: "podman" })).toThrow("docker, java or none");
});

test("brokers of one's own are never the given ones", () => {
  expect(waysToStartBrokers({ KAFKA_BROKERS: "a:9092" })).toEqual(["docker", "java"]);
});

test.each([
  [undefined, "skip"],
  ["", "skip"],
  ["false", "skip"],
  ["0", "skip"],
  ["true", "fail"],
  ["1", "fail"],
  ["woodpecker", "fail"],
])("without Kafka and with CI=%s, Kafka tests %s", (ci, expected) => {
  expect(withoutKafka({ CI: ci })).toBe(expected);
});
