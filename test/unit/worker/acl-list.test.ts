// What `millrace topics --acls` prints is all that an app asks a broker for: held to the groups that one really joins, and the topics that it touches.
import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import { Millrace } from "../../../engine/sdk/index.ts";
import { appTopics } from "../../../engine/task/app-topics.ts";
import { aclsOf, type Acl, type AclRole } from "../../../engine/worker/acl-list.ts";
import { FakeClock, settling } from "../../support/fake-clock.ts";
import { SimulatedLog } from "../../support/simulated-log.ts";

const WISHES = { topics: appTopics("shop"), consumers: [], sinks: [], sources: [], erasable: false, createTopics: true };

function isAllowed(acls: readonly Acl[], resource: Acl["resource"], name: string, operation: Acl["operations"][number]): boolean {
  return acls.some(
    (acl) =>
      acl.resource === resource &&
      acl.operations.includes(operation) &&
      (acl.pattern === "literal" ? acl.name === name : name.startsWith(acl.name)),
  );
}

test("every group that a worker joins is allowed: its own, those of its consumers, and those of its sinks", async () => {
  const clock = new FakeClock();
  const log = await SimulatedLog.open(clock);
  await log.createTopics([{ topic: "orders", partitions: 1, settings: {} }]);
  const joined: string[] = [];
  const join = log.join.bind(log);
  log.join = (options) => {
    joined.push(options.group);
    return join(options);
  };
  const app = new Millrace({ id: "shop", partitions: 1, stopGraceMs: 0, logger: pino({ level: "silent" }) }, { log, clock });
  onTestFinished(async () => {
    await settling(clock, app.stop());
    await log.close();
  });
  app.createFunction({ id: "f", triggers: [{ event: "go" }] }, () => null);
  for (const version of [1, 2]) app.createConsumer({ id: "ledger", version, from: "beginning", events: ["go"], handle: () => null });
  const sink = { positions: () => new Map<number, number>(), write: () => "stored" as const };
  app.createSink({ id: "totals", topics: ["shop.events"], sink });
  app.createSink({ id: "copies", topics: ["shop.events", "orders"], sink });
  await settling(clock, app.start());
  expect(joined.toSorted()).toEqual([
    "shop",
    "shop.copies/orders",
    "shop.copies/shop.events",
    "shop.ledger",
    "shop.ledger.v2",
    "shop.totals",
  ]);
  const consumers = [{ id: "ledger", newest: 2 }];
  const acls = aclsOf({ ...WISHES, role: "worker", consumers, sinks: ["totals", "copies"], sources: ["orders"] });
  for (const group of joined) expect(isAllowed(acls, "group", group, "Read"), group).toBe(true);
  // And not those of anybody else.
  for (const group of ["shop.others", "shop.totalsoup", "shopping"]) expect(isAllowed(acls, "group", group, "Read"), group).toBe(false);
});

test.each<[AclRole, boolean]>([
  ["consumers", true],
  ["server", false],
  ["producer", false],
])("whether %s may join the groups of sinks: %s", (role, joins) => {
  expect(isAllowed(aclsOf({ ...WISHES, role, sinks: ["totals"] }), "group", "shop.totals", "Read")).toBe(joins);
});
