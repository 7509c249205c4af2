import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openEmbeddedLog } from "../../../engine/log/embedded/embedded-log.ts";
import type { Log, LogRecord } from "../../../engine/log/log.ts";
import { appTopics } from "../../../engine/task/app-topics.ts";
import type { ServedApp } from "../../../server/served-app.ts";
import { DeadLetters } from "../../../server/dead-letters/dead-letters.ts";
import { matching } from "../../../server/dead-letters/matching.ts";
import { shownLetter } from "../../../server/dead-letters/shown-letter.ts";
import { pageOfLetters } from "../../../server/dead-letters/page.ts";

const TOPICS = appTopics("app");
const LETTERS = { topic: TOPICS.deadLetter, partition: 0 };
const EVENTS = { topic: TOPICS.events, partition: 1 };

let log: Log;
let released: string[];
/** Of it, what letters ask. */
let history: DatabaseSync;

beforeEach(async () => {
  log = await openEmbeddedLog({ path: ":memory:" });
  released = [];
  history = new DatabaseSync(":memory:");
  history.exec("CREATE TABLE run (id TEXT PRIMARY KEY, status TEXT, ended_at INTEGER)");
  await log.createTopics([TOPICS.deadLetter, TOPICS.events].map((topic) => ({ topic, partitions: 2, settings: {} })));
});

afterEach(async () => {
  history.close();
  await log.close();
});

/** A server's; another one knows nothing of what this one did by heart. */
function open(): DeadLetters {
  const app = { release: (run: string) => Promise.resolve(void released.push(run)) };
  return new DeadLetters({ app, log, topics: TOPICS, partitions: 2, history } as unknown as ServedApp);
}

function input(offset: number, over: Readonly<Record<string, string>> = {}, value: string | null = "{}"): LogRecord {
  const place = { "mr-topic": TOPICS.events, "mr-partition": "1", "mr-offset": String(offset), "mr-copied": String(value !== null) };
  const headers = { ce_type: "e", ce_id: `id-${offset}`, "mr-code": "EVENT_TOO_LARGE", "mr-reason": "it is", ...place, ...over };
  return { key: Buffer.from("k"), value: value === null ? null : Buffer.from(value), headers };
}

async function eventsAppended(): Promise<readonly { readonly headers: Record<string, string>; readonly value: string }[]> {
  const found = [];
  const end = await log.latestOffset(EVENTS);
  const reader = log.openReader({ ...EVENTS, from: 0 });
  for (let next = 0; next < end;) {
    const batch = await reader.next();
    for (const { headers, value } of batch.records) {
      found.push({
        headers: Object.fromEntries(Object.entries(headers).map(([name, bytes]) => [name, String(bytes)])),
        value: String(value),
      });
    }
    next = batch.nextOffset;
  }
  reader.close();
  return found;
}

test("a letter that is written twice is one (it is written at least once)", async () => {
  await log.append(LETTERS, [input(3), input(3), input(4)]);
  expect(await open().list()).toHaveLength(2);
});

test("a list is the same one until a letter comes, is seen to, or its run is over", async () => {
  const run = "01M81KDHHZ000GT3HB4TW4NME9";
  await log.append(LETTERS, [input(3), input(4, { "mr-code": "RUN_QUARANTINED", "mr-run": run })]);
  const letters = open();
  const first = await letters.list();
  expect(first).toHaveLength(2);
  history.prepare("INSERT INTO run VALUES (?, 'running', NULL)").run(run);
  expect(await letters.list()).toBe(first);
  expect(await letters.openByTopic()).toBe(await letters.openByTopic());

  history.prepare("UPDATE run SET status = 'completed', ended_at = 5").run();
  const ended = await letters.list();
  expect(ended.filter(({ resolution }) => resolution !== null)).toHaveLength(1);
  history.prepare("INSERT INTO run VALUES ('another', 'running', NULL)").run();
  expect(await letters.list()).toBe(ended);

  await log.append(LETTERS, [input(5)]);
  const more = await letters.list();
  expect(more).toHaveLength(3);
  expect(await letters.list()).toBe(more);
});

test("what was done is known by whoever reads the topic, and done once", async () => {
  await log.append(LETTERS, [input(3), input(4)]);
  const letters = open();
  const [newer, older] = await letters.list();
  if (newer === undefined || older === undefined) throw new Error("there are two");
  await letters.one(older, "retry", "ada");
  await expect(letters.one(older, "retry", "ada")).rejects.toMatchObject({ code: "CONFLICT" });
  await expect(open().one(older, "discard", "bob")).rejects.toMatchObject({ code: "CONFLICT" });
  await open().one(newer, "discard", "bob");
  const outcomes = (await open().list()).map(({ resolution }) => `${resolution?.outcome} by ${resolution?.actor}`);
  expect(outcomes).toEqual(["discarded by bob", "retried by ada"]);
  expect(await eventsAppended()).toEqual([{ headers: { ce_type: "e", ce_id: "id-3", "mr-retry-of": "app.dead-letter:0:0" }, value: "{}" }]);
});

test("an event that send had numbered gets an id of its letter: by its number it would be a copy", async () => {
  await log.append(LETTERS, [input(3, { ce_id: "mr:p:7" })]);
  const letters = open();
  for (const letter of await letters.list()) await letters.one(letter, "retry", "ada");
  expect((await eventsAppended())[0]?.headers["ce_id"]).toBe("retry:app.dead-letter:0:0");
});

test("what was too large to be copied is read where it was; where it is gone, nothing is done", async () => {
  await log.append(EVENTS, [{ key: null, value: Buffer.from("large"), headers: { ce_type: "e", ce_id: "a" } }]);
  await log.append(LETTERS, [input(0, {}, null), input(17, {}, null)]);
  const letters = open();
  const [gone, there] = await letters.list();
  if (gone === undefined || there === undefined) throw new Error("there are two");
  expect(String((await letters.contentOf(there))?.value)).toBe("large");
  await letters.one(there, "retry", "ada");
  expect((await eventsAppended()).map(({ value }) => value)).toEqual(["large", "large"]);
  await expect(letters.one(gone, "retry", "ada")).rejects.toMatchObject({ code: "NOT_POSSIBLE" });
  expect((await open().get(gone.id)).resolution).toBeNull();
});

test.each([
  [{ "mr-topic": "theirs" }, /a topic of others/],
  [{ "mr-topic": TOPICS.inbox }, /who may write to it/],
  [{ "mr-code": "EVENT_WITHOUT_ID" }, /is no event/],
])("a letter with %j is not retried, and says why", async (over, reason) => {
  await log.append(LETTERS, [input(3, over)]);
  const letters = open();
  const [letter] = await letters.list();
  if (letter === undefined) throw new Error("there is one");
  expect(letters.planOf(letter)).toMatchObject({ can: false, says: expect.stringMatching(reason) as unknown });
  await expect(letters.one(letter, "retry", "ada")).rejects.toMatchObject({ code: "NOT_POSSIBLE" });
  await letters.one(letter, "discard", "ada");
});

test("a run is known by its id, and released; dead of the same once more, it is open again", async () => {
  const letter = input(0, { "mr-code": "RUN_QUARANTINED", "mr-run": "01R" });
  await log.append(LETTERS, [letter]);
  const letters = open();
  await letters.one(await letters.get("01R"), "retry", "ada");
  expect(released).toEqual(["01R"]);
  await log.append(LETTERS, [letter]);
  expect(await letters.list()).toMatchObject([{ id: "01R", resolution: null }]);
});

test("a letter of a run that is over is done with, whoever saw to that; of one that goes on it is open", async () => {
  await log.append(
    LETTERS,
    ["cancelled", "done", "released"].map((run, at) => input(at, { "mr-code": "RUN_QUARANTINED", "mr-run": run })),
  );
  const letters = open();
  expect((await letters.list()).map(({ resolution }) => resolution)).toEqual([null, null, null]);
  history.exec("INSERT INTO run VALUES ('cancelled', 'cancelled', 5), ('done', 'completed', 6), ('released', 'running', NULL)");
  const outcomes = (await letters.list()).map(({ run, resolution }) => [run, resolution?.outcome]);
  expect(Object.fromEntries(outcomes)).toEqual({ cancelled: "discarded", done: "retried", released: undefined });
  await expect(letters.one(await letters.get("done"), "retry", "ada")).rejects.toMatchObject({ code: "CONFLICT" });
  expect(released).toEqual([]);
});

test("pages of thousands of letters have each once, whatever is retried meanwhile", async () => {
  const count = 5_000;
  for (let n = 0; n < count; n += 1_000)
    await log.append(
      LETTERS,
      Array.from({ length: 1_000 }, (_, i) => input(n + i)),
    );
  const letters = open();
  const seen = new Set<string>();
  let cursor: string | undefined;
  do {
    const { items, next } = pageOfLetters(await letters.list(), { cursor, limit: 500 });
    for (const { id } of items) seen.add(id);
    await letters.many(items.slice(0, 250), { action: "retry", actor: "ada", signal: new AbortController().signal, onProgress: () => {} });
    cursor = next ?? undefined;
  } while (cursor !== undefined);
  expect(seen.size).toBe(count);
  const left = (await letters.list()).filter(matching({ state: "open" }));
  expect(left).toHaveLength(count / 2);
  expect(await eventsAppended()).toHaveLength(count / 2);
});

test("letters that the retention of their topic took are gone", async () => {
  await log.append(LETTERS, [input(3), input(4)]);
  const letters = open();
  expect(await letters.list()).toHaveLength(2);
  await log.trim(LETTERS, 1);
  expect((await letters.list()).map(({ offset }) => offset)).toEqual([1]);
});

test("who may not see payloads sees that there is a letter, and neither what it holds nor what was said of that", async () => {
  await log.append(LETTERS, [input(3, { "customer-email": "secret@example.com" }, '"secret"')]);
  const letters = open();
  const [letter] = await letters.list();
  if (letter === undefined) throw new Error("there is one");
  const content = { plan: letters.planOf(letter), original: await letters.contentOf(letter) };
  expect(shownLetter(letter, { ...content, seesPayloads: true })).toMatchObject({
    value: '"secret"',
    reason: "it is",
    headers: { ce_id: "id-3", "customer-email": "secret@example.com" },
  });
  const hidden = shownLetter(letter, { ...content, seesPayloads: false });
  expect(hidden).toMatchObject({
    value: null,
    valueBase64: null,
    reason: "",
    code: "EVENT_TOO_LARGE",
    headers: { ce_id: "id-3", ce_type: "e" },
  });
  expect(JSON.stringify(hidden)).not.toContain("secret");
});

test("what is no text is told as bytes", async () => {
  await log.append(LETTERS, [{ ...input(3), value: Buffer.from([0xff, 0xfe]) }]);
  const letters = open();
  const [letter] = await letters.list();
  if (letter === undefined) throw new Error("there is one");
  const content = { plan: letters.planOf(letter), original: await letters.contentOf(letter), seesPayloads: true };
  expect(shownLetter(letter, content)).toMatchObject({ value: null, valueBase64: "//4=" });
});
