import { afterAll, beforeAll, expect, test } from "vitest";
import { type KafkaLogOptions, openKafkaLog } from "../../../engine/log/kafka/kafka-log.ts";
import type { Notice } from "../../../engine/log/kafka/notices.ts";
import { type SecureBroker, startSecureBroker } from "./secure-broker.ts";

const USER = { name: "alice", password: "alice-secret" };

let broker: SecureBroker;
beforeAll(async () => {
  broker = await startSecureBroker(USER);
});
afterAll(async () => {
  await broker[Symbol.asyncDispose]();
});

const scram = (password = USER.password): NonNullable<KafkaLogOptions["sasl"]> => ({
  mechanism: "scram-sha-512",
  username: USER.name,
  password,
});
const options = (change: Partial<KafkaLogOptions> = {}): KafkaLogOptions => ({
  brokers: [broker.address],
  ssl: { ca: [broker.ca] },
  sasl: scram(),
  ...change,
});

test.each([
  ["SCRAM-SHA-512", scram()],
  ["PLAIN", { mechanism: "plain", username: USER.name, password: USER.password }],
] as const)("with %s over TLS everything works: topics, appends, readers, groups", async (mechanism, sasl) => {
  const log = await openKafkaLog(options({ sasl }));
  const topic = `secure-${mechanism}`;
  await log.createTopics([{ topic, partitions: 2, settings: {} }]);
  const target = { topic, partition: 1 };
  await log.append(target, [{ key: null, value: Buffer.from("hello") }]);
  const reader = log.openReader({ ...target, from: 0 });
  expect(String((await reader.next()).records[0]?.value)).toBe("hello");
  const shares: (readonly number[])[] = [];
  const joining = { group: topic, topic, metadata: Buffer.from("me"), onAssignment: (share: readonly number[]) => void shares.push(share) };
  const membership = await log.join(joining);
  expect(shares).toEqual([[0, 1]]);
  expect((await log.members(topic)).map(({ metadata }) => String(metadata))).toEqual(["me"]);
  await membership.leave();
  await log.close();
});

test("a wrong password fails at once, and is not tried again", async () => {
  await expectRefusal({ sasl: scram("wrong") });
});

test("so does an object of credentials that served before, with another password", async () => {
  const used = scram();
  await (await openKafkaLog(options({ sasl: used }))).close();
  await expectRefusal({ sasl: { ...used, password: "wrong" } as NonNullable<KafkaLogOptions["sasl"]> });
});

test("an unknown user, and a mechanism that the broker has not", async () => {
  await expectRefusal({ sasl: { mechanism: "scram-sha-512", username: "mallory", password: "x" } });
  await expectRefusal({ sasl: { mechanism: "scram-sha-256", username: USER.name, password: USER.password } });
});

test("a certificate of an authority that is not trusted, or for another host", async () => {
  await expectRefusal({ ssl: { ca: [broker.otherCa] } });
  await expectRefusal({ ssl: true });
  await expectRefusal({ ssl: { ca: [broker.ca], servername: "elsewhere.example" } });
});

test.each([
  ["no credentials", (): KafkaLogOptions => without("sasl")],
  ["no TLS", (): KafkaLogOptions => without("ssl")],
  ["TLS where there is none", (): KafkaLogOptions => options({ brokers: [broker.openAddress] })],
])("with %s the broker just hangs up: a notice says what to check, and it is tried on", async (_, wrong) => {
  const told = Promise.withResolvers<Notice>();
  const controller = new AbortController();
  const onNotice = (notice: Notice): void => {
    if (notice.message.includes("Check")) told.resolve(notice);
  };
  const refusal = expect(openKafkaLog({ ...wrong(), signal: controller.signal, onNotice })).rejects.toMatchObject({ code: "LOG_ABORTED" });
  const { level, code, message } = await told.promise;
  expect([level, code]).toEqual(["warn", "LOG_UNAVAILABLE"]);
  expect(message).toMatch(/TLS and .* SASL/);
  controller.abort();
  await refusal;
});

function without(what: "ssl" | "sasl"): KafkaLogOptions {
  const { [what]: _, ...rest } = options();
  return rest;
}

async function expectRefusal(change: Partial<KafkaLogOptions>): Promise<void> {
  const began = performance.now();
  await expect(openKafkaLog(options(change))).rejects.toMatchObject({ family: "log", code: "LOG_AUTHENTICATION_FAILED" });
  expect(performance.now() - began).toBeLessThan(2_000);
}
