import { expect, test } from "vitest";
import type { LogRecord } from "../../../../engine/log/log.ts";
import type { Subject } from "../subject.ts";
import { freshPartition, readAll } from "../topics.ts";

const everyByte = Buffer.from([...Array(256).keys()]);
const empty = Buffer.alloc(0);

const records: Record<string, LogRecord> = {
  "bytes of every value": { key: everyByte, value: everyByte, headers: { bytes: everyByte } },
  "an empty key and an empty value, which are not null": { key: empty, value: empty },
  "no key": { key: null, value: Buffer.from("value") },
  "a tombstone": { key: Buffer.from("key"), value: null },
  "neither key nor value": { key: null, value: null, headers: { only: "headers" } },
  "headers of text, of bytes, and empty ones": {
    key: null,
    value: empty,
    headers: { text: "grüße", bytes: Buffer.from([0, 255]), none: "", empty },
  },
  "a header's name beyond ASCII": { key: null, value: empty, headers: { größe: "1" } },
  "a record of 200 kB": { key: null, value: Buffer.alloc(200_000, "abc") },
};

export function recordsComeBackAsWritten(subject: Subject): void {
  test.for(Object.entries(records))("%s", async ([, written]) => {
    const target = await freshPartition(subject.log);
    await subject.log.append(target, [written]);
    expect((await readAll(subject.log, target)).map(legible)).toEqual([legible(written)]);
  });

  test("all of these in one batch", async () => {
    const target = await freshPartition(subject.log);
    await subject.log.append(target, Object.values(records));
    const stored = await readAll(subject.log, target);
    expect(stored.map(legible)).toEqual(Object.values(records).map(legible));
    expect(stored.map(({ offset }) => offset)).toEqual([...stored.keys()]);
  });

  test("an append has copied the caller's bytes when it resolves", async () => {
    const target = await freshPartition(subject.log);
    const value = Buffer.from("first");
    await subject.log.append(target, [{ key: null, value }]);
    value.write("WRONG");
    expect((await readAll(subject.log, target))[0]?.value?.toString()).toBe("first");
  });
}

/** Bytes as text, a letter a byte: what differs is shown, and large ones are compared fast. */
function legible({ key, value, headers = {} }: LogRecord): object {
  const text = (bytes: Buffer | null): string | null => bytes?.toString("latin1") ?? null;
  const legibleHeaders = new Map(Object.entries(headers).map(([name, content]) => [name, text(Buffer.from(content))]));
  return { key: text(key), value: text(value), headers: legibleHeaders };
}
