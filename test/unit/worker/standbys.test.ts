// With `standbys: 1`, a worker that takes over does not read the journal first: it has folded it while another owned the partition.
import { afterEach, beforeEach, expect, test } from "vitest";
import { AppBench, JOURNAL, PARTITIONS, STATE } from "../../support/app-bench.ts";
import { turns, until } from "../../support/fake-clock.ts";

let bench: AppBench;

beforeEach(async () => {
  bench = await AppBench.open();
});

afterEach(async () => {
  await bench.close();
});

/** Partitions of which the image is read, or the journal from its beginning, from now on. */
function restored(): ReadonlySet<number> {
  const partitions = new Set<number>();
  bench.log.onRead = ({ topic, partition, from, mode }) => {
    if (topic === STATE || (topic === JOURNAL && from === 0 && mode === "bulk")) partitions.add(partition);
    return null;
  };
  return partitions;
}

test.each([
  [0, true],
  [1, false],
])("with standbys: %i, what comes from a worker that goes is restored: %s", async (standbys, isRead) => {
  const options = { stopGraceMs: 10_000, standbys };
  const apps = [bench.app(bench.noting, options), bench.app(bench.noting, options), bench.app(bench.noting, options)];
  await bench.passing(Promise.all(apps.map((app) => app.start())));
  const [first, ...others] = apps;
  await bench.send(first ?? bench.app(bench.noting), 12);
  await until("all ran", () => bench.executed.length === 12);
  for (let n = 0; n < 100; n++) await bench.clock.advance(50);
  await turns(100);

  const reads = restored();
  await bench.passing(first?.stop() ?? Promise.resolve());
  const running = (): number => others.flatMap((app) => app.status().filter(({ status }) => status === "RUNNING")).length;
  await bench.passing(until("the others have all", () => running() === PARTITIONS));
  expect(reads.size > 0).toBe(isRead);

  bench.log.onRead = () => null;
  await bench.send(others[0] ?? bench.app(bench.noting), 12);
  await until("all ran", () => bench.executed.length === 24);
  expect(new Set(bench.executed).size).toBe(24);
  for (const app of others) {
    for (const [partition, { lsn, digest }] of await app.digests()) expect(digest).toBe(await bench.rebuiltDigest(partition, lsn));
  }
});
