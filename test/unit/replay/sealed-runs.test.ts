// Past runs about somebody: opened before they are compared, sealed in the report, repeated like others; and counted apart where data was erased.
import { expect, test } from "vitest";
import { silentLogger } from "../../../engine/observability/logger.ts";
import { KeyRing } from "../../../engine/sealing/key-ring.ts";
import { shown } from "../../../engine/sealing/shown.ts";
import { past, TOPICS, type Code, type Past } from "./past-app.ts";
import { apply, chosenOf, executed, sentIn } from "./repaired.ts";

const NAMES = ["Ada", "Grace", "Mary"];
const data = NAMES.map((name) => ({ name }));

const greet =
  (greeting: string): Code =>
  async ({ event, step }) => {
    const { name } = event.data as { name: string };
    const text = await step.run("greet", () => `hello ${name}`);
    await step.sendEvent("tell", { name: "told", data: { name } });
    const child = await step.invoke("child", { function: "g", data: { name } });
    const last = await step.run({ id: "last", pure: true }, () => `${greeting} ${text}`);
    await step.sendEvent("say", { name: "said", data: { last } });
    return { child, last };
  };
const others = { g: ({ event }: Parameters<Code>[0]) => event.data };

async function pastRuns(): Promise<Past> {
  return past(greet("well,"), { data, subjects: NAMES, others, until: { count: 6, like: ({ type }) => type === "RunCompleted" } });
}

async function ringOf({ log }: Past): Promise<KeyRing> {
  return KeyRing.open({ log, topic: TOPICS.keys, app: "app", logger: silentLogger });
}

test("the same code is the same, by opened data; where code differs, the report has no word of it that is not sealed", async () => {
  await using app = await pastRuns();
  const sealing = await ringOf(app);
  expect(await app.dryRun(greet("well,"), { sealing })).toMatchObject({ total: 3, counts: { same: 3 }, runs: [] });
  const report = await app.dryRun(greet("oh,"), { sealing });
  expect(report).toMatchObject({ total: 3, counts: { "different-result": 3 } });
  expect(JSON.stringify(report)).not.toMatch(/Ada|Grace|Mary/);
  const opened = JSON.stringify(await shown(sealing, report));
  for (const name of NAMES) expect(opened).toContain(`well, hello ${name}`);
  expect(opened).not.toContain("$sealed");
  expect(await app.dryRun(greet("oh,"), { sealing, where: "event.data.name == 'Grace'" })).toMatchObject({ total: 1 });
  await sealing.close();
});

test("what was erased is counted apart, and neither called nor repeated", async () => {
  await using app = await pastRuns();
  const sealing = await ringOf(app);
  expect(await sealing.erase("Grace")).toBe(1);
  const called: string[] = [];
  const code: Code = (context) => {
    called.push((context.event.data as { name: string }).name);
    return greet("oh,")(context);
  };
  const report = await app.dryRun(code, { sealing });
  expect(report).toMatchObject({ total: 3, counts: { "different-result": 2, erased: 1 } });
  expect(new Set(called)).toEqual(new Set(["Ada", "Mary"]));
  const all = await apply(app, { sealing, chosen: null });
  expect(all).toMatchObject({ told: { size: 2 }, erased: [expect.any(String)] });
  await sealing.close();
});

test("a re-run takes results over and says nothing twice: what is said again is sealed as it was (R10)", async () => {
  await using app = await pastRuns();
  const sealing = await ringOf(app);
  const report = await app.dryRun(greet("oh,"), { sealing });
  const applied = await apply(app, { sealing, chosen: chosenOf(report) });
  expect(applied.told.size).toBe(3);
  await sealing.close();
  const records = await executed(app, greet("oh,"), applied, { others, erasable: true });
  const again = await ringOf(app);
  const sent = await shown(again, sentIn(records));
  // `told` is equal to what was told: not sent again. `said` is another.
  expect(sent.map(({ data: text }) => text).toSorted()).toEqual(NAMES.map((name) => `{"last":"oh, hello ${name}"}`).toSorted());
  expect(sent.every(({ corrects }) => corrects !== null)).toBe(true);
  expect(JSON.stringify(records)).not.toMatch(/Ada|Grace|Mary/);
  // Of a re-run, what it had not said again is known by a digest of what was sealed.
  expect(await app.dryRun(greet("oh,"), { sealing: again })).toMatchObject({ total: 3, counts: { same: 3 } });
  await again.close();
});
