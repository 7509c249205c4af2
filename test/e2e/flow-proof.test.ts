// The demo's proof is worth something only if it fails where it should.
import { expect, test } from "vitest";
import { stepKey } from "../../engine/core/ids.ts";
import type { JournalRecord } from "../../engine/workflow/records.ts";
import { TENANTS, contacts } from "../../examples/flow-control/demo/crowd.ts";
import type { Evidence } from "../../examples/flow-control/demo/evidence.ts";
import { prove } from "../../examples/flow-control/demo/proof.ts";
import { MAX_ROWS, MOST_NEW, VERIFY } from "../../examples/flow-control/limits.ts";
import type { Asked } from "../../examples/flow-control/services/report.ts";
import { idempotencyKeyOf } from "../../engine/execution/idempotency-key.ts";
import { runId, runQueued, startedRun, triggerEvent } from "../support/records.ts";

const T = 1_000_000;
const EACH = 20;
const crowd = contacts(2 * (TENANTS - 1) * EACH);
/** When all of them are verified, one tenant after the other, contact by contact. */
const VERIFIED_AT = T + 100_000;

function asked(service: Asked["service"], body: Asked["body"], change: Partial<Asked> = {}): Asked {
  return { service, key: `${service} ${JSON.stringify(body)}`, caller: "a", at: T, body, effect: true, atOnce: 1, status: 201, ...change };
}

const light = crowd.filter(({ data }) => data.tenant !== "tenant-01");
const heavy = crowd.filter(({ data }) => data.tenant === "tenant-01");

/** In turn: as many of the one as of each of the others, as long as those wait. */
function fairOrder(): typeof crowd {
  const order = [];
  for (let n = 0; n < EACH; n++) order.push(...heavy.slice(n, n + 1), ...light.slice(n * (TENANTS - 1), (n + 1) * (TENANTS - 1)));
  return [...order, ...heavy.slice(EACH)];
}

const verifications = (order = fairOrder()): readonly Asked[] =>
  order.map(({ data }, index) => asked("verifications", data, { at: VERIFIED_AT + 10 * index }));
const LATER = VERIFIED_AT + 10 * crowd.length;

const tenants = [...new Set(crowd.map(({ data }) => data.tenant))];
const inserts = tenants.flatMap((tenant) => {
  const all = crowd.filter(({ data }) => data.tenant === tenant).map(({ data }) => data.contact);
  return Array.from({ length: Math.ceil(all.length / MAX_ROWS) }, (_, n) =>
    asked("rows", { tenant, contacts: all.slice(n * MAX_ROWS, (n + 1) * MAX_ROWS) }, { at: LATER }),
  );
});
const indexes = tenants.map((tenant) => asked("indexes", { tenant }, { at: LATER }));
const sessions = inserts.flatMap(({ body }, n) =>
  (["opens", "closes"] as const).map((does) => asked("sessions", { tenant: body["tenant"], run: `sync-${n}`, does }, { at: LATER })),
);

const at = (time: number, record: JournalRecord): Evidence["decisions"][number] => ({ record, decidedAt: time, appendedAt: time });
const starts = crowd.map(({ id }) =>
  at(T, { type: "RunsStarted", event: triggerEvent({ id }), runs: [startedRun(runId(id), { functionId: "verify" })], batch: [] }),
);
const breaker = (openedAt: number): JournalRecord => ({
  type: "CellSet",
  key: "breaker/verify/",
  kind: "breaker",
  until: 0,
  numbers: [openedAt],
  text: null,
});
const outage = { from: T + 1_000, to: T + 4_000 };
const decisions = [
  ...starts,
  at(T, runQueued(runId("last"), { functionId: "verify" })),
  at(T + 1_500, breaker(T + 1_500)),
  at(T + 4_500, breaker(-1)),
];

interface Changes {
  readonly requests?: readonly Asked[];
  readonly without?: (request: Asked) => boolean;
  readonly decisions?: readonly Evidence["decisions"][number][];
  readonly order?: typeof crowd;
  readonly left?: readonly string[];
  readonly outage?: Evidence["report"]["outage"];
  readonly finishedAt?: Evidence["finishedAt"];
}

function faults(change: Changes = {}): readonly string[] {
  const requests = [...verifications(change.order), ...inserts, ...indexes, ...sessions].filter((one) => change.without?.(one) !== true);
  const evidence: Evidence = {
    crowd,
    decisions: change.decisions ?? decisions,
    report: { asked: [...requests, ...(change.requests ?? [])], outage: change.outage === undefined ? outage : change.outage },
    finishedAt: change.finishedAt ?? new Map(),
    deaths: new Map(),
    left: change.left ?? [],
  };
  return prove(evidence).flatMap(({ holds, text }) => (holds === false ? [text] : []));
}

const isFirst =
  (service: Asked["service"]) =>
  ({ service: mine, body }: Asked): boolean =>
    mine === service && (body["contact"] === 1 || body["tenant"] === "tenant-02");

test("holds where every limit held", () => {
  expect(faults()).toEqual([]);
});

test("fails when a contact is not verified, or twice, or has two runs", () => {
  expect(faults({ without: ({ service, body }) => service === "verifications" && body["contact"] === 1 })).toContain(
    "contact-1 had 1 runs, and was verified 0 times",
  );
  const again = asked("verifications", crowd[0]?.data ?? {}, { key: "other", at: LATER - 1 });
  expect(faults({ requests: [again] })).toContain("contact-1 had 1 runs, and was verified 2 times");
  expect(faults({ decisions: [...decisions, ...starts.slice(0, 1)] })).toContain("contact-1 had 2 runs, and was verified 1 times");
});

test("fails when anything is left", () => {
  expect(faults({ left: ["partition 3: 1 slots of fn/verify/0/"] })).toContain("partition 3: 1 slots of fn/verify/0/");
});

test("fails when there were more at once, or more new ones in a second, than are allowed, and when one was refused", () => {
  const more = (count: number, change: Partial<Asked>): readonly Asked[] =>
    Array.from({ length: count }, (_, n) => asked("verifications", {}, { key: `more ${n}`, effect: false, at: LATER + 5_000, ...change }));
  expect(faults({ requests: more(1, { atOnce: VERIFY.atOnce }) })).toEqual([]);
  expect(faults({ requests: more(1, { atOnce: VERIFY.atOnce + 1 }) })).toHaveLength(1);
  expect(faults({ requests: more(MOST_NEW, {}) })).toEqual([]);
  expect(faults({ requests: more(MOST_NEW + 1, {}) })).toHaveLength(1);
  expect(faults({ requests: more(1, { status: 429 }) })).toHaveLength(1);
});

test("fails when those who came first were served first, though others waited", () => {
  expect(faults({ order: crowd })).toEqual([expect.stringMatching(/^while all 50 tenants waited/)]);
});

test("fails when the breaker does not open, does not close, or lets more through than trials", () => {
  const without = (record: JournalRecord): readonly Evidence["decisions"][number][] => decisions.filter((one) => one.record !== record);
  const [opens, closes] = decisions.slice(-2).map(({ record }) => record);
  expect(faults({ decisions: opens === undefined ? [] : without(opens) })).toContain("the service failed, and the breaker did not open");
  expect(faults({ decisions: closes === undefined ? [] : without(closes) })).toContainEqual(
    expect.stringMatching(/^no address was verified/),
  );
  expect(faults({ outage: null })).toContain("the service never failed");
  const tried = (count: number): readonly Asked[] =>
    Array.from({ length: count }, (_, n) => asked("verifications", {}, { key: `trial ${n}`, effect: false, at: T + 2_000 + n }));
  expect(faults({ requests: tried(VERIFY.atOnce) })).toEqual([]);
  expect(faults({ requests: tried(VERIFY.atOnce + 10) })).toContainEqual(expect.stringMatching(/^no address was verified/));
});

test("fails when a row is missing or there twice, an insert has too many, or a table has two writers", () => {
  expect(faults({ without: ({ service, body }) => service === "rows" && body["tenant"] === "tenant-02" })).not.toEqual([]);
  expect(faults({ requests: [asked("rows", { tenant: "tenant-02", contacts: [1] })] })).toContain("contact-1 has 2 rows");
  const writer = asked("rows", { tenant: "tenant-02", contacts: [] }, { atOnce: 2, effect: false });
  expect(faults({ requests: [writer] })).toContain("never more than one insert at once for a tenant: 2 at the most");
});

test("fails when an index was made before the last change, or for every change", () => {
  expect(faults({ without: isFirst("indexes") })).toContainEqual(expect.stringMatching(/of tenant-02 came after its last re-indexing/));
  const many = light.map((_, n) => asked("indexes", { tenant: "tenant-02" }, { key: `index ${n}`, at: LATER }));
  expect(faults({ requests: many })).toContainEqual(expect.stringMatching(/are not few/));
});

test("fails when a tenant has two sessions at once, one stays open, or a sync that was asked for is neither run nor recorded as skipped", () => {
  const opens = asked("sessions", { tenant: "tenant-02", run: "another", does: "opens" }, { at: LATER });
  expect(faults({ requests: [opens] })).toContain("another did not close its session of tenant-02");
  expect(faults({ requests: [opens, { ...opens, key: "k", body: { ...opens.body, run: "third" } }] })).toContain(
    "third opened a session of tenant-02 while another had one",
  );
  const missing = ({ service, body }: Asked): boolean => service === "sessions" && body["run"] === "sync-0";
  expect(faults({ without: missing })).toContainEqual(expect.stringMatching(/were asked for/));
});

test("fails when a finished step ran again, or what was acknowledged is not in the journal", () => {
  const run = runId("contact-1");
  const key = idempotencyKeyOf(run, stepKey("verify", 0));
  const finished = at(T, { type: "StepCompleted", run, step: stepKey("verify", 0), output: null, began: T });
  const again = asked("rows", { contacts: [] }, { key, at: T + 10, effect: false });
  expect(faults({ finishedAt: new Map([[key, T]]), decisions: [...decisions, finished], requests: [again] })).toHaveLength(1);
  expect(faults({ finishedAt: new Map([[key, T]]) })).toHaveLength(1);
});
