// One trace through processes of the operating system, each with an SDK of its own, and through the death of one of them.
import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";
import { leash } from "../../support/kafka/leash.ts";
import { CALLER, type TracedProcess, type WrittenSpan } from "../../support/traced-process.ts";

const PROGRAM = path.join(import.meta.dirname, "../../support/traced-process.ts");
const PATIENCE = { timeout: 60_000 };
/** Each span, and what it is inside of. */
const TREE = {
  "POST /orders": "the caller",
  send: "POST /orders",
  "run order": "send",
  "step charge": "run order",
  "step pick": "run order",
  "invoke invoice": "run order",
  "run invoice": "invoke invoice",
  "step write": "run invoice",
  "send events": "run order",
  "run ship": "send events",
  "step pack": "run ship",
};

let id: string;
let folder: string;
let processes: ChildProcess[];

beforeEach(() => {
  id = `traced-${randomUUID().slice(0, 8)}`;
  folder = mkdtempSync(path.join(tmpdir(), "traced-"));
  processes = [];
});

afterEach(async () => {
  await Promise.all(processes.map(kill9));
  rmSync(folder, { recursive: true, force: true });
});

test(
  "an event of one process, its run in another, a child and what a step sends are one trace with the parents that they have",
  { timeout: 120_000 },
  async () => {
    const worker = begin("worker", "worker");
    await worker.says("started");
    await ends(begin("producer", "producer").process);
    await vi.waitFor(
      () => expect(namesOf(spansOf("worker"))).toEqual(expect.arrayContaining(["step pack", "run order", "run ship"])),
      PATIENCE,
    );

    const spans = [...spansOf("producer"), ...spansOf("worker")];
    expectOneTrace(spans, TREE);
    expect(namesOf(spansOf("producer"))).toEqual([`send ${id}.events`, "POST /orders"]);
    for (const name of Object.keys(TREE).filter((each) => each.startsWith("step ")))
      expect(namesOf(spans).filter((each) => each === name)).toHaveLength(1);
  },
);

test(
  "a run whose process is killed goes on in another one in its trace, and what stands in the record has no second span",
  { timeout: 120_000 },
  async () => {
    const victim = begin("worker", "victim", { stuckIn: "pick" });
    await victim.says("started");
    await ends(begin("producer", "producer").process);
    await victim.says("stuck");
    await kill9(victim.process);
    const told = namesOf(spansOf("victim"));
    begin("worker", "heir");
    await vi.waitFor(
      () => expect(namesOf(spansOf("heir"))).toEqual(expect.arrayContaining(["step pack", "run order", "run ship"])),
      PATIENCE,
    );

    // The attempt and the call that it died with are lost.
    expect(told).toEqual(["step charge"]);
    expectOneTrace([...spansOf("producer"), ...spansOf("victim"), ...spansOf("heir")], { ...TREE, "step charge": "what was lost" });
    expect(namesOf(spansOf("heir"))).not.toContain("step charge");
    expect(spansOf("heir").find(({ name }) => name === "run order")?.attributes).toMatchObject({ "millrace.resumed": "true" });
  },
);

/** All are of the caller's trace, with what vendors said of it, and each is inside of what caused it. */
function expectOneTrace(spans: readonly WrittenSpan[], tree: Readonly<Record<string, string>>): void {
  const traces = new Set(spans.map(({ traceId, tracestate }) => `${traceId} ${tracestate}`));
  expect(traces).toEqual(new Set([`${CALLER.traceId} ${CALLER.tracestate}`]));
  const plain = (name: string): string => name.replace(` ${id}.events`, "");
  const names = new Map(spans.map(({ spanId, name }) => [spanId, plain(name)])).set(CALLER.spanId, "the caller");
  const edges = new Set(spans.map(({ name, parent }) => `${plain(name)} < ${names.get(parent ?? "") ?? "what was lost"}`));
  expect(edges).toEqual(new Set(Object.entries(tree).map(([name, parent]) => `${name} < ${parent}`)));
}

function namesOf(spans: readonly WrittenSpan[]): readonly string[] {
  return spans.map(({ name }) => name);
}

/** Lines that are whole. */
function spansOf(name: string): readonly WrittenSpan[] {
  const file = fileOf(name);
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as WrittenSpan);
}

function fileOf(name: string): string {
  return path.join(folder, `${name}.jsonl`);
}

interface Begun {
  readonly process: ChildProcess;
  says(text: string): Promise<void>;
}

function begin(role: TracedProcess["role"], name: string, more: Pick<TracedProcess, "stuckIn"> = {}): Begun {
  const told: TracedProcess = { role, id, brokers: kafkaBrokers(), file: fileOf(name), ...more };
  const child = spawn(process.execPath, ["--conditions=@millrace/source", PROGRAM, JSON.stringify(told)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  processes.push(child);
  if (child.pid !== undefined) child.once("exit", leash(child.pid, null));
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const says = (text: string): Promise<void> => vi.waitFor(() => expect(said.split("\n")).toContain(text), PATIENCE);
  return { process: child, says };
}

async function ends(child: ChildProcess): Promise<void> {
  if (child.exitCode === null) await once(child, "exit");
  expect(child.exitCode).toBe(0);
}

async function kill9(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}
