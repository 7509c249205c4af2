// Dry runs, re-runs and verification over HTTP, of an app that runs meanwhile on an embedded log, which no other process may open.
import { fork } from "node:child_process";
import { once } from "node:events";
import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { pino } from "pino";
import { expect, test, vi } from "vitest";
import { readerUntil } from "../../../engine/log/reader-until.ts";
import { readEntry } from "../../../engine/task/fold.ts";
import { createServer } from "../../../server/app.ts";
import { openEmbeddedLog } from "../../../engine/log/embedded/embedded-log.ts";
import type { Operation } from "../../../server/contract/operations.ts";
import type { ShownPartition } from "../../../server/contract/partitions.ts";
import type { Difference, Replay } from "../../../server/contract/replays.ts";
import type { Page } from "../../../server/contract/words.ts";
import type { Millrace } from "../../../engine/sdk/index.ts";
import { ServedBench } from "../../support/served/served-bench.ts";

const SDK = pathToFileURL(path.resolve(import.meta.dirname, "../../../engine/sdk/index.ts")).href;
const RUNS = 30;

const tax =
  (limit: number) =>
  (app: Millrace): void => {
    app.createFunction({ id: "tax", triggers: [{ event: "came" }] }, ({ event, step }) =>
      step.run({ id: "tax", pure: true }, () => ({ rate: (event.data as number) < limit ? 7 : 19 })),
    );
  };

/** The app's module as somebody has changed it since. */
function changed(limit: number, more = ""): string {
  return `import { writeFileSync } from "node:fs";
import { Millrace } from ${JSON.stringify(SDK)};
export const app = new Millrace({ id: "shop" });
app.createFunction({ id: "tax", triggers: [{ event: "came" }] }, ({ event, step }) => {
  ${more}
  return step.run({ id: "tax", pure: true }, () => ({ rate: event.data < ${limit} ? 7 : 19 }));
});
`;
}

async function bench(): Promise<ServedBench> {
  const started = await ServedBench.start(tax(10), { module: "app.ts" });
  await writeFile(started.module, changed(12));
  await started.app.send(Array.from({ length: RUNS }, (_, n) => ({ name: "came", data: n, key: `k${n}` })));
  await vi.waitFor(async () => expect(await counts(started)).toEqual({ completed: RUNS }), { timeout: 20_000, interval: 100 });
  return started;
}

async function counts(of: ServedBench): Promise<unknown> {
  const { body } = await of.ask("GET", "/functions/tax");
  return (body as { counts: unknown }).counts;
}

/** Says who it is, and never lets go. */
function endless(file: string): string {
  return `writeFileSync(${JSON.stringify(file)}, String(process.pid)); for (;;);`;
}

function pidIn(file: string): Promise<number> {
  return vi.waitFor(async () => {
    const pid = Number(await readFile(file, "utf8"));
    expect(pid).toBeGreaterThan(0);
    return pid;
  }, WAIT);
}

const WAIT = { timeout: 20_000, interval: 50 };

async function dryRun(of: ServedBench): Promise<Replay> {
  const { status, body } = await of.ask("POST", "/replays", { function: "tax" });
  expect(status).toBe(202);
  return body as Replay;
}

async function operationOf(of: ServedBench, id: string): Promise<Operation> {
  return (await of.ask("GET", `/operations/${id}`)).body as Operation;
}

async function over(of: ServedBench, id: string): Promise<Operation> {
  return vi.waitFor(
    async () => {
      const operation = await operationOf(of, id);
      expect(operation.state).not.toBe("running");
      return operation;
    },
    { timeout: 40_000, interval: 100 },
  );
}

test("a dry run is of the code as it is on the disk, and its affected runs are repeated while the app runs", async () => {
  await using served = await bench();
  const { operation } = await dryRun(served);
  expect(await over(served, operation.id)).toMatchObject({ state: "done", done: RUNS, total: RUNS, error: null });
  const { body: replay } = await served.ask("GET", `/replays/${operation.id}`);
  expect(replay).toMatchObject({
    function: "tax",
    total: RUNS,
    affected: 2,
    counts: { same: RUNS - 2, "different-result": 2 },
    missing: [],
  });

  const first = (await served.ask("GET", `/replays/${operation.id}/differences?limit=1`)).body as Page<Difference>;
  const second = (await served.ask("GET", `/replays/${operation.id}/differences?limit=1&cursor=${first.next}`)).body as Page<Difference>;
  expect(first.items).toMatchObject([{ verdict: "different-result", step: "tax#0", was: '{"rate":19}', is: '{"rate":7}' }]);
  expect(new Set([...first.items, ...second.items].map(({ run }) => run)).size).toBe(2);
  const none = (await served.ask("GET", `/replays/${operation.id}/differences?verdict=would-run`)).body;
  expect(none).toEqual({ items: [], next: null });
  for (const cursor of ["7", "-1", "x", "99999999"]) {
    expect(await served.ask("GET", `/replays/${operation.id}/differences?cursor=${cursor}`)).toMatchObject({ status: 400 });
  }

  const { operation: other } = await dryRun(served);
  await over(served, other.id);
  const refused = await served.ask("POST", `/replays/${operation.id}/apply`, { expected: 3 });
  expect(refused).toMatchObject({ status: 409, body: { code: "COUNT_CHANGED" } });
  const applied = (await served.ask("POST", `/replays/${operation.id}/apply`, { expected: 2 })).body as Operation;
  expect(await over(served, applied.id)).toMatchObject({ state: "done", detail: "2 repeated, 2 of them have begun" });
  expect((await served.ask("GET", `/replays/${operation.id}`)).body).toMatchObject({ applied: [applied.id] });
  await vi.waitFor(async () => expect(await counts(served)).toEqual({ completed: RUNS + 2 }), WAIT);
  const again = (await served.ask("POST", `/replays/${operation.id}/apply`, {})).body as Operation;
  expect((await over(served, again.id)).detail).toBe("0 repeated, 0 of them have begun; 2 had been repeated before");
  expect((await served.ask("GET", `/replays/${operation.id}`)).body).toMatchObject({ applied: [applied.id] });
  // By another replay, what repeats them is by now the newest.
  const late = (await served.ask("POST", `/replays/${other.id}/apply`, {})).body as Operation;
  expect((await over(served, late.id)).detail).toMatch(/^0 repeated, .*2 were repeated by another operation/);
});

/** So slowly that the second run is told two seconds after the first. */
const SLOWLY = { rate: 0.5 };

test("a replay that two people apply at once, of two servers, repeats each run once", async () => {
  await using served = await bench();
  const { operation } = await dryRun(served);
  await over(served, operation.id);
  const other = createServer(
    { ...served.served },
    { mode: "dev", access: { kind: "open" }, version: "0.0.0", logger: pino({ level: "silent" }) },
  );
  const applied = await Promise.all(
    [served.server, other].map(async (server) => {
      const headers = { host: "localhost", "content-type": "application/json" };
      const at = `http://localhost/api/v1/replays/${operation.id}/apply`;
      const response = await server.fetch(new Request(at, { method: "POST", headers, body: JSON.stringify(SLOWLY) }));
      return ((await response.json()) as Operation).id;
    }),
  );
  expect(applied).toEqual([`apply.${operation.id}`, `apply.${operation.id}`]);
  for (const server of [served.server, other]) {
    await vi.waitFor(() => expect(server.operations.get(`apply.${operation.id}`)?.state).toBe("done"), WAIT);
  }
  expect(await begun(served)).toBe(2);
  await other.close();
});

test("a replay that is being applied is not applied beside that; stopped, and applied again, it goes on", async () => {
  await using served = await bench();
  const { operation } = await dryRun(served);
  await over(served, operation.id);
  const apply = (body: object) => served.ask("POST", `/replays/${operation.id}/apply`, body);
  const { id } = (await apply({ rate: 0.05 })).body as Operation;
  expect(await apply({})).toMatchObject({ status: 409, body: { code: "CONFLICT" } });
  await vi.waitFor(async () => expect(await begun(served)).toBe(1), WAIT);
  await served.ask("POST", `/operations/${id}/stop`);
  expect(await over(served, id)).toMatchObject({ state: "stopped" });
  // By a server that knows nothing of it.
  await served.restartServer();
  expect(await apply({})).toMatchObject({ status: 202, body: { id } });
  expect((await over(served, id)).detail).toBe("1 repeated, 1 of them have begun; 1 had been repeated before");
  expect(await begun(served)).toBe(2);
});

/** How many re-runs the journals tell of. */
async function begun({ served: { log, topics, partitions } }: ServedBench): Promise<number> {
  let count = 0;
  for (let partition = 0; partition < partitions; partition++) {
    const at = { topic: topics.journal, partition };
    const end = await log.latestOffset(at);
    using reader = readerUntil(log, { ...at, from: 0 }, undefined);
    for (let next = 0; next < end;) {
      const { records, nextOffset } = await reader.next();
      for (const { offset, value } of records) {
        const entry = readEntry(partition, offset, value);
        if (entry.kind === "frame") count += entry.frame.records.filter(({ type }) => type === "RerunStarted").length;
      }
      next = nextOffset;
    }
  }
  return count;
}

test("code that ends the process of a dry run ends nothing else, and there is no report", async () => {
  await using served = await bench();
  await writeFile(served.module, changed(12, "process.exit(0);"));
  const { operation } = await dryRun(served);
  expect(await over(served, operation.id)).toMatchObject({ state: "failed", error: { code: "CHILD_ENDED" } });
  expect(await served.ask("GET", `/replays/${operation.id}/differences`)).toMatchObject({ status: 409 });
  await writeFile(served.module, changed(12));
  const next = await dryRun(served);
  expect(await over(served, next.operation.id)).toMatchObject({ state: "done" });
});

test("a dry run is stopped, whatever its code does", async () => {
  await using served = await bench();
  await writeFile(served.module, changed(12, "for (;;);"));
  const { operation } = await dryRun(served);
  await vi.waitFor(async () => expect((await operationOf(served, operation.id)).detail).toMatch(/reading|runs/), WAIT);
  await served.ask("POST", `/operations/${operation.id}/stop`);
  expect(await over(served, operation.id)).toMatchObject({ state: "stopped" });
});

test("kill -9 of the process of a dry run, and of its server, leaves nothing that runs, and a log that is whole", async () => {
  await using served = await bench();
  const file = path.join(served.directory, "pid");
  await writeFile(served.module, changed(12, endless(file)));
  const { operation } = await dryRun(served);
  process.kill(await pidIn(file), "SIGKILL");
  expect(await over(served, operation.id)).toMatchObject({ state: "failed", error: { code: "CHILD_ENDED" } });
  await rm(file);

  const script = path.join(import.meta.dirname, "../../support/served/replaying-process.ts");
  const server = fork(script, [served.directory], { execArgv: ["--conditions=@millrace/source"] });
  const exited = once(server, "exit");
  const pid = await pidIn(file).finally(() => server.kill("SIGKILL"));
  await exited;
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow("ESRCH"), WAIT);
  // Its log has what it had.
  await using log = await openEmbeddedLog({ path: path.join(served.directory, "other") }).then((opened) => ({
    opened,
    [Symbol.asyncDispose]: () => opened.close(),
  }));
  expect(await log.opened.latestOffset({ topic: "shop.events", partition: 0 })).toBe(1);
});

test("a report is there after the server has begun anew", async () => {
  await using served = await bench();
  const { operation } = await dryRun(served);
  await over(served, operation.id);
  const { body: before } = await served.ask("GET", `/replays/${operation.id}`);
  await served.restartServer();
  expect((await served.ask("GET", "/replays")).body).toEqual({ items: [before] });
});

test("R1: all partitions are proved equal to what their journals say, in another process", async () => {
  await using served = await bench();
  const { body } = await served.ask("POST", "/partitions/verify");
  expect(await over(served, (body as Operation).id)).toMatchObject({
    state: "done",
    detail: "all 2 partitions are proved equal to their running tasks",
  });
  const { items } = (await served.ask("GET", "/partitions")).body as { items: ShownPartition[] };
  expect(items.map(({ verified, digest }) => verified?.isEqual === true && verified.digest === digest?.digest)).toEqual([true, true]);
});
