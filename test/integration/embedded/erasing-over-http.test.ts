// Data of a subject by the API: opened for who may see data, a mark where it was erased, and never as it is sealed.
import { afterEach, beforeEach, expect, test } from "vitest";
import { until } from "../../support/faults/until.ts";
import { ServedBench } from "../../support/served/served-bench.ts";

const NAME = "Ada Lovelace";
let bench: ServedBench;

beforeEach(async () => {
  bench = await ServedBench.start(
    (app) => {
      app.createFunction({ id: "welcome", triggers: [{ event: "signed.up" }], retries: 0 }, async ({ event, step }) => {
        const { name, fail = false } = event.data as { name: string; fail?: boolean };
        await step.run("greet", () => ({ hello: name }));
        await step.sendEvent("tell", { name: "told", data: { name } });
        if (fail) throw new Error(`no luck, ${name}`);
        return { name };
      });
      app.createFunction({ id: "failures", triggers: [{ event: "millrace/function.failed" }] }, () => null);
    },
    { erasable: true },
  );
});

afterEach(() => bench[Symbol.asyncDispose]());

/** All that the API says of runs and events, as text. */
async function allSaid(): Promise<string> {
  const said: unknown[] = [];
  for (const list of ["/runs", "/events", "/dead-letters", "/audit"]) {
    const { body } = await bench.ask("GET", list);
    said.push(body);
    for (const { id } of (body as { items: { id: string }[] }).items) {
      if (list === "/audit") continue;
      said.push((await bench.ask("GET", `${list}/${encodeURIComponent(id)}`)).body);
    }
  }
  return JSON.stringify(said);
}

test("who may see data sees it opened, errors too; erased, it is marked; sealed text is shown to nobody", async () => {
  const sent = await bench.ask("POST", "/events", [
    { name: "signed.up", data: { name: NAME, fail: true }, subject: "ada" },
    { name: "signed.up", data: { name: "Grace" }, subject: "grace" },
  ]);
  expect(sent.status).toBe(200);
  await until("both are over", async () => {
    const { body } = await bench.ask("GET", "/runs");
    const { items } = body as { items: { status: string; functionId: string }[] };
    return items.filter(({ status }) => status === "completed" || status === "failed").length === 3;
  });
  const before = await allSaid();
  expect(before).toContain(`no luck, ${NAME}`);
  expect(before).toContain("hello");
  expect(before).not.toContain("$sealed");
  const { status, body } = await bench.ask("POST", "/subjects/erase", { subject: "ada" });
  expect({ status, body }).toMatchObject({ status: 200, body: { keys: 1 } });
  const after = await allSaid();
  expect(after).not.toContain("Lovelace");
  expect(after).not.toContain("$sealed");
  expect(after).toContain("$erased");
  expect(after).toContain("(erased)");
  expect(after).toContain("Grace");
  expect((await bench.ask("GET", "/audit")).body).toMatchObject({
    items: [{ operation: "subject.erase", target: expect.stringMatching(/^[0-9a-f]{32}$/) as string, outcome: "asked" }],
  });
  expect(JSON.stringify((await bench.ask("GET", "/audit")).body)).not.toContain("ada");
  expect((await bench.ask("POST", "/subjects/erase", { subject: "ada" })).body).toMatchObject({ keys: 0 });
});

test("an event full of what only looks sealed, under more keys than anybody remembers, is shown like any other", async () => {
  const tags = Array.from({ length: 10_001 }, (_, n) => ({
    $sealed: { v: 1, k: `${n.toString(16).padStart(32, "0")}.0123456789abcdef`, d: "" },
  }));
  expect((await bench.ask("POST", "/events", { name: "signed.up", id: "strange", data: { name: NAME, tags } })).status).toBe(200);
  await until("the history has it", async () => (await bench.ask("GET", "/events/strange")).status === 200);
  const { body } = await bench.ask("GET", "/events/strange");
  const { data } = body as { data: string };
  expect(data).toContain(NAME);
  expect(data.match(/\{"\$erased":true\}/g)).toHaveLength(10_001);
});
