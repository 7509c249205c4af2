// The demo's proof is worth something only if it fails where it should.
import { expect, test } from "vitest";
import { prove, type Evidence } from "../../examples/signup/demo/proof.ts";
import type { Told } from "../../examples/signup/demo/told.ts";

const KEY = "run-1/send welcome email#0";
const request = (at: number, caller: string, effect = false): Evidence["requests"][number] => ({
  service: "emails",
  key: KEY,
  caller,
  at,
  body: {},
  effect,
});
const finished: Told = { type: "step finished", key: KEY, gaveUp: false };

/** One event, one function, one step, on a worker that lives. */
const good: Evidence = {
  functions: ["sign-up"],
  ledger: { accepted: new Set(["e1"]), finishedAt: new Map([[KEY, 200]]) },
  journal: [
    { type: "run started", run: "run-1", functionId: "sign-up", event: "e1" },
    finished,
    { type: "run ended", run: "run-1", completed: true },
  ],
  requests: [request(100, "a", true)],
  deaths: new Map(),
};

const failures = (change: Partial<Evidence>): string[] =>
  prove({ ...good, ...change }).flatMap(({ holds, text }) => (holds === false ? [text] : []));

test("holds for a run that went well", () => {
  expect(failures({})).toEqual([]);
});

test("fails when a finished step runs again", () => {
  expect(failures({ requests: [request(100, "a", true), request(300, "b")] })).toEqual([
    "1 finished step ran again",
    `${KEY} ran again, on b`,
  ]);
});

test("fails when a step runs again that finished in the last moment of its worker, untold", () => {
  const ledger = { ...good.ledger, finishedAt: new Map() };
  expect(failures({ ledger, deaths: new Map([["a", 200]]), requests: [request(100, "a", true), request(300, "b")] })).toHaveLength(2);
});

test("holds when a step runs again that was executing at its worker's death, and says so", () => {
  const evidence = { ...good, deaths: new Map([["a", 120]]), requests: [request(100, "a", true), request(150, "b")] };
  expect(prove(evidence).filter(({ holds }) => holds === false)).toEqual([]);
  expect(prove(evidence).map(({ text }) => text)).toContain("1 step ran again that had been executing when the worker was killed");
});

test("fails when the journal lacks a step that was acknowledged", () => {
  expect(failures({ journal: good.journal.filter((told) => told !== finished) })).toEqual([
    "1 step that the log had acknowledged missing from the journal",
  ]);
});

test("fails when a step is recorded twice", () => {
  expect(failures({ journal: [...good.journal, finished] })).toEqual(["1 finished step ran again"]);
});

test("fails when a run is missing, doubled, unfinished or failed", () => {
  const [started, , ended] = good.journal;
  if (started === undefined || ended === undefined) throw new Error("the journal has three entries");
  expect(failures({ functions: ["sign-up", "crm"] })).toHaveLength(1);
  expect(failures({ journal: [...good.journal, { ...started, run: "run-2" } as Told, { ...ended, run: "run-2" } as Told] })).toHaveLength(
    1,
  );
  expect(failures({ journal: [started, finished] })).toEqual(["0 of 1 runs completed"]);
  expect(failures({ journal: [started, finished, { type: "run ended", run: "run-1", completed: false }] })).toEqual([
    "0 of 1 runs completed",
  ]);
});

test("fails when an email went out twice, or not at all", () => {
  expect(failures({ requests: [request(90, "a", true), request(100, "a", true)] })).toHaveLength(1);
  expect(failures({ requests: [request(90, "a")] })).toHaveLength(1);
});

test("fails when journal and services call steps by other names: nothing could be found to have run again", () => {
  const requests = good.requests.map((one) => ({ ...one, key: "run-1/send%20welcome%20email%230" }));
  expect(failures({ requests })).toContain("1 finished step that no service was asked for");
});
