// A subject's data: sealed wherever it stands, opened where code gets it, and gone when it is erased, while all else goes on.
import { afterEach, beforeEach, expect, test } from "vitest";
import { pino } from "pino";
import { readSealed } from "../../../engine/core/sealing.ts";
import { Millrace } from "../../../engine/sdk/index.ts";
import { restore } from "../../../engine/task/restore.ts";
import { stateDigest } from "../../../engine/task/state-digest.ts";
import { emptyState } from "../../../engine/workflow/state.ts";
import { FakeClock, settling, turns } from "../../support/fake-clock.ts";
import { SimulatedLog } from "../../support/simulated-log.ts";

const CANARY = "Ada Lovelace";
type Events = {
  "user/signed.up": { name: string; plan: string };
  "user/told": { name: string };
  "user/paid": { name: string; plan: string };
};

let clock: FakeClock;
let log: SimulatedLog;
let apps: Millrace<Events>[];
let seen: unknown[];

beforeEach(async () => {
  clock = new FakeClock();
  log = await SimulatedLog.open(clock);
  [apps, seen] = [[], []];
});

afterEach(async () => {
  await settling(clock, Promise.all(apps.map((app) => app.stop())));
  await log.close();
});

async function started(): Promise<Millrace<Events>> {
  const app = new Millrace<Events>(
    { id: "app", partitions: 2, stopGraceMs: 0, erasable: true, logger: pino({ level: "silent" }) },
    { log, clock },
  );
  app.createFunction(
    { id: "welcome", triggers: [{ event: "user/signed.up", if: "event.data.plan == 'pro'" }], retries: 1 },
    async ({ event, step, attempt }) => {
      const name = await step.run("name", () => event.data.name);
      await step.sendEvent("tell", { name: "user/told", data: { name } });
      const child = await step.invoke("child", { function: "child", data: { name } });
      const paid = await step.waitForEvent("paid", { event: "user/paid", match: "data.plan", timeout: "1 hour" });
      seen.push({ name, child, paid: paid?.data.name ?? null });
      if (attempt === 0) throw new Error(`no luck, ${name}`);
      return { name };
    },
  );
  app.createFunction({ id: "child", triggers: [] }, async ({ event, step }) =>
    step.run("greet", () => `hello ${(event.data as { name: string }).name}`),
  );
  app.createFunction({ id: "told", triggers: [{ event: "user/told" }] }, ({ event }) => void seen.push({ told: event.data.name }));
  app.createConsumer({
    id: "names",
    events: ["user/signed.up"],
    from: "beginning",
    key: "event.data.plan",
    state: { last: (_: string | undefined, { data }: { data: { name: string } }) => data.name },
    handle: ({ event, state }) => void seen.push({ handled: event.data.name, last: state.last ?? null }),
  });
  apps.push(app);
  await settling(clock, app.start());
  return app;
}

async function pass(ms: number): Promise<void> {
  for (let n = 0; n < 20; n++) {
    await clock.advance(ms / 20);
    await turns(10);
  }
}

async function bytesOfAll(): Promise<string> {
  const texts: string[] = [];
  for (const topic of await log.listTopics()) {
    const partitions = (await log.describeTopic(topic))?.partitions ?? 0;
    for (let partition = 0; partition < partitions; partition++) {
      for (const { key, value } of await log.readAll({ topic, partition })) texts.push(String(key), value?.toString("latin1") ?? "");
    }
  }
  return texts.join("\n");
}

async function rebuiltDigest(partition: number): Promise<string> {
  const state = emptyState(partition, 2);
  await restore({ log, journal: { topic: "app.journal", partition }, state, signal: new AbortController().signal });
  return stateDigest(state);
}

test("code gets what was sent, and nothing of it can be read in any topic", async () => {
  const app = await started();
  await settling(clock, app.send({ name: "user/signed.up", data: { name: CANARY, plan: "pro" }, subject: "u1" }));
  await pass(2_000);
  await settling(clock, app.send({ name: "user/paid", data: { name: CANARY, plan: "pro" }, subject: "u1" }));
  await pass(60_000);
  expect(seen).toContainEqual({ told: CANARY });
  expect(seen).toContainEqual({ handled: CANARY, last: CANARY });
  expect(seen.filter((one) => typeof one === "object" && one !== null && "child" in one)).toEqual([
    { name: CANARY, child: `hello ${CANARY}`, paid: CANARY },
    { name: CANARY, child: `hello ${CANARY}`, paid: CANARY },
  ]);
  const all = await bytesOfAll();
  expect(all).not.toContain("Lovelace");
  expect(all).toContain("$sealed");
});

test("what is not about anybody stays as it is, and `subject` without `erasable` is refused", async () => {
  const app = await started();
  await settling(clock, app.send({ name: "user/told", data: { name: "nobody" } }));
  await pass(1_000);
  expect(seen).toEqual([{ told: "nobody" }]);
  expect(await bytesOfAll()).toContain("nobody");
  const plain = new Millrace<Events>({ id: "plain" }, { log, clock });
  await expect(plain.send({ name: "user/told", data: { name: "a" }, subject: "u" })).rejects.toThrow(/erasable: true/);
  await expect(plain.erase("u")).rejects.toMatchObject({ code: "WRONG_STATE" });
  // One that is of the same app would be given what it cannot open.
  const other = new Millrace<Events>({ id: "app", logger: pino({ level: "silent" }) }, { log, clock });
  await expect(settling(clock, other.send({ name: "user/told", data: { name: "a" } }))).rejects.toMatchObject({ code: "NOT_ERASABLE" });
});

test("erased, an open run fails without its code being called, a new one is not touched, and the digests stay (R1, R2)", async () => {
  const app = await started();
  await settling(clock, app.send({ name: "user/signed.up", data: { name: CANARY, plan: "pro" }, subject: "u1" }));
  await pass(2_000);
  expect(await settling(clock, app.erase("u1"))).toEqual({ keys: 1 });
  await settling(clock, app.send({ name: "user/paid", data: { name: "Grace", plan: "pro" }, subject: "u2" }));
  await pass(120_000);
  // It waits for an event whose data is there, and its own is not: called again, it cannot be.
  expect(seen).not.toContainEqual(expect.objectContaining({ paid: "Grace" }));
  await settling(clock, app.send({ name: "user/signed.up", data: { name: "Grace", plan: "pro" }, subject: "u2" }));
  await pass(60_000);
  expect(seen).toContainEqual({ told: "Grace" });
  for (const [partition, { digest }] of await app.digests()) expect(await rebuiltDigest(partition)).toBe(digest);
  await settling(clock, app.stop());
  const again = await started();
  await pass(2_000);
  for (const [partition, { digest }] of await again.digests()) expect(await rebuiltDigest(partition)).toBe(digest);
  expect(await settling(clock, again.erase("u1"))).toEqual({ keys: 0 });
});

test("what is sealed is the same each time, so what is said again is known to be", async () => {
  const app = await started();
  await settling(clock, app.send([1, 2].map(() => ({ name: "user/told" as const, data: { name: CANARY }, subject: "u1" }))));
  const values = (await Promise.all([0, 1].map((partition) => log.readAll({ topic: "app.events", partition }))))
    .flat()
    .map(({ value }) => String(value));
  expect(values).toHaveLength(2);
  expect(values[0]).toBe(values[1]);
  expect(readSealed(values[0] ?? "")).not.toBeNull();
});
