import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeEntry, encodeClaim, encodeKnock } from "../../../engine/journal/entry.ts";
import { encodeFrame } from "../../../engine/journal/frame-formats.ts";
import { JournalError } from "../../../engine/journal/errors.ts";
import { decodeFunctionsEntry, encodeActivation, encodeManifest } from "../../../engine/journal/functions.ts";
import { fingerprintIn } from "../../../engine/journal/single-object.ts";
import type { JournalRecord } from "../../../engine/workflow/records.ts";
import { input, recordOf } from "../../support/arbitrary-records.ts";
import { rounds } from "../../support/rounds.ts";

function codeOf(bytes: Buffer | null): string | null {
  try {
    decodeEntry(bytes);
    return null;
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    return error.code;
  }
}

describe("what is decided comes back from the journal as it was:", () => {
  test.each(Object.entries(recordOf))("%s", (_, arbitrary: fc.Arbitrary<JournalRecord>) => {
    fc.assert(
      fc.property(fc.array(arbitrary, { maxLength: 3 }), fc.array(input, { maxLength: 2 }), (records, inputs) => {
        const frame = { epoch: 7, nonce: 2 ** 47, lsn: 12, time: 1_700_000_000_000, inputs, records };
        expect(decodeEntry(encodeFrame(frame))).toEqual({ kind: "frame", frame });
      }),
      rounds(60),
    );
  });

  test("records of all types in one frame, in their order", () => {
    fc.assert(
      fc.property(fc.tuple(...Object.values<fc.Arbitrary<JournalRecord>>(recordOf)), (records) => {
        const frame = { epoch: 0, nonce: 0, lsn: 1, time: 0, inputs: [], records };
        const entry = decodeEntry(encodeFrame(frame));
        expect(entry).toEqual({ kind: "frame", frame });
        expect(entry.kind === "frame" ? entry.frame.records.map(({ type }) => type) : []).toEqual(Object.keys(recordOf));
      }),
      rounds(30),
    );
  });

  test("a claim", () => {
    const claim = { nonce: 2 ** 48 - 1, replaces: -1, worker: "host-1 😀", time: 1 };
    expect(decodeEntry(encodeClaim(claim))).toEqual({ kind: "claim", claim });
  });

  test("a knock", () => {
    const knock = { epoch: 7, nonce: 2 ** 48 - 1, worker: "host-1", time: 1 };
    expect(decodeEntry(encodeKnock(knock))).toEqual({ kind: "knock", knock });
  });

  test("manifests and activations, under keys that compaction keeps one of", () => {
    const manifest = { hash: "h", content: "{}", worker: "w" };
    const activation = { partition: 3, version: 9, epoch: 1, lsn: 2 };
    const encoded = encodeManifest(manifest);
    expect(encoded.key.toString()).toBe("manifest/h");
    expect(decodeFunctionsEntry(encoded.value)).toMatchObject({ kind: "manifest", manifest });
    expect(encodeActivation(activation).key.toString()).toBe("activation/3");
    expect(decodeFunctionsEntry(encodeActivation(activation).value)).toEqual({ kind: "activation", activation });
  });
});

test("an entry of a version that is not known is JOURNAL_UNKNOWN_FORMAT, and says to run the newer version (R2, R14)", () => {
  const bytes = encodeClaim({ nonce: 1, replaces: -1, worker: "w", time: 0 });
  bytes[2] = (bytes[2] ?? 0) ^ 0xff;
  expect(codeOf(bytes)).toBe("JOURNAL_UNKNOWN_FORMAT");
  expect(() => decodeEntry(bytes)).toThrow(new RegExp(`fingerprint ${fingerprintIn(bytes)}\\). A newer version of Millrace wrote it`));
  expect(decodeFunctionsEntry(bytes)).toBeNull();
});

describe("what is no entry is JOURNAL_DAMAGED:", () => {
  test.each([
    ["nothing", null],
    ["no bytes", Buffer.alloc(0)],
    ["text", Buffer.from(`{"type":"Frame"}`)],
    ["a marker alone", Buffer.from("c301", "hex")],
  ])("%s", (_, bytes) => {
    expect(codeOf(bytes)).toBe("JOURNAL_DAMAGED");
  });

  test("a frame that ends too early, wherever, or goes on too long", () => {
    const records = fc.sample(fc.tuple(...Object.values<fc.Arbitrary<JournalRecord>>(recordOf)), { numRuns: 1, seed: 1 })[0] ?? [];
    const bytes = encodeFrame({ epoch: 1, nonce: 1, lsn: 1, time: 1, inputs: [], records });
    for (let end = 10; end < bytes.length; end++) expect(codeOf(bytes.subarray(0, end))).toBe("JOURNAL_DAMAGED");
    expect(codeOf(Buffer.concat([bytes, Buffer.from([0])]))).toBe("JOURNAL_DAMAGED");
  });
});

test("a frame too large for the buffer that is kept is encoded whole", () => {
  const output = JSON.stringify("é".repeat(3 * 1024 * 1024));
  const [record] = fc.sample(recordOf.StepCompleted, { numRuns: 1, seed: 1 });
  const records = record === undefined ? [] : [{ ...record, output }];
  const frame = { epoch: 1, nonce: 1, lsn: 1, time: 1, inputs: [], records };
  expect(decodeEntry(encodeFrame(frame))).toEqual({ kind: "frame", frame });
});
