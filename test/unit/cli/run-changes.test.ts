// What `millrace runs watch` tells of many runs.
import { expect, test } from "vitest";
import { RunChanges } from "../../../cli/runs/run-changes.ts";
import type { RunFilter, RunSource } from "../../../cli/runs/run-source.ts";
import type { ListedRun } from "../../../server/contract/runs.ts";

/** Runs in the order in which they began, told as a server does. */
class Runs implements Pick<RunSource, "page"> {
  readonly all: ListedRun[] = [];
  asked = 0;

  begin(count: number): void {
    for (let n = 0; n < count; n++) {
      const id = `R${String(this.all.length).padStart(5, "0")}`;
      const times = { queuedAt: null, startedAt: this.all.length, endedAt: null };
      this.all.push({ id, functionId: "f", status: "running", event: null, ...times, reason: null });
    }
  }

  end(index: number): string {
    const run = this.all[index];
    if (run === undefined) throw new Error(`there is no run ${index}`);
    this.all[index] = { ...run, status: "completed", endedAt: 1_000 + index };
    return run.id;
  }

  page({ search, status }: RunFilter, limit: number): ReturnType<RunSource["page"]> {
    this.asked += 1;
    const meant = this.all
      .toReversed()
      .filter((run) => (search === undefined || run.id.startsWith(search)) && (status === undefined || run.status === status));
    return Promise.resolve({ items: meant.slice(0, limit), next: meant.length > limit ? "more" : null });
  }
}

async function changed(changes: RunChanges, told: readonly string[] | null): Promise<readonly string[]> {
  return (await changes.next(told)).changed.map(({ id, status }) => `${id} ${status}`);
}

test("those that were there at first are no news, and what becomes of them is", async () => {
  const runs = new Runs();
  runs.begin(3);
  const changes = new RunChanges(runs, {});
  expect(await changed(changes, null)).toEqual([]);
  const id = runs.end(1);
  runs.begin(1);
  expect(await changed(changes, [id, "R00003"])).toEqual(["R00001 completed", "R00003 running"]);
  expect(await changed(changes, [id])).toEqual([]);
});

test("one that ends while hundreds have begun since is told all the same", async () => {
  const runs = new Runs();
  runs.begin(1_000);
  const changes = new RunChanges(runs, {});
  await changes.next(null);
  expect(await changed(changes, [runs.end(0)])).toEqual(["R00000 completed"]);
});

test("and only where the filter means it", async () => {
  const runs = new Runs();
  runs.begin(1_000);
  for (let n = 100; n < 400; n++) runs.end(n);
  const changes = new RunChanges(runs, { status: "completed" });
  await changes.next(null);
  expect(await changed(changes, ["R00050", runs.end(60)])).toEqual(["R00060 completed"]);
});

test("what is newer than the list, and not in it, is not asked for: others' runs may be many", async () => {
  const runs = new Runs();
  runs.begin(1_000);
  for (let n = 100; n < 400; n++) runs.end(n);
  const changes = new RunChanges(runs, { status: "completed" });
  await changes.next(null);
  runs.asked = 0;
  expect(await changes.next(Array.from({ length: 500 }, (_, n) => `R00${500 + n}`))).toEqual({ changed: [], isWhole: true });
  expect(runs.asked).toBe(1);
});

test("a list that is whole needs no further question", async () => {
  const runs = new Runs();
  runs.begin(5);
  const changes = new RunChanges(runs, { status: "completed" });
  await changes.next(null);
  runs.asked = 0;
  await changes.next(["R00000", "R00001"]);
  expect(runs.asked).toBe(1);
});

test("where more may have changed than is told, that is said", async () => {
  const runs = new Runs();
  runs.begin(1_000);
  const changes = new RunChanges(runs, {});
  await changes.next(null);
  const many = Array.from({ length: 300 }, (_, n) => runs.end(n));
  expect((await changes.next(many)).isWhole).toBe(false);
  expect((await changes.next(null)).isWhole).toBe(false);
  expect((await changes.next([])).isWhole).toBe(true);
});
