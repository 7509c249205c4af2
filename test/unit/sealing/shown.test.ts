// What people are shown: opened, or a mark, and never what is sealed.
import { expect, test } from "vitest";
import type { Sealing } from "../../../engine/core/sealing.ts";
import { sealedText, toldError, toldText } from "../../../engine/core/sealing.ts";
import { seal, unseal } from "../../../engine/sealing/cipher.ts";
import { newKey, subjectHash } from "../../../engine/sealing/key-record.ts";
import { shown, withoutKeys } from "../../../engine/sealing/shown.ts";

const [known, gone, late] = ["a", "b", "c"].map((subject) => newKey(subjectHash("app", subject)));
if (known === undefined || gone === undefined || late === undefined) throw new Error("three keys");

/** `late` is learned of when it is asked for. */
function sealing(): Sealing {
  let hasLearned = false;
  return {
    open: (text) => {
      if (text.includes(gone?.name ?? "")) return { kind: "erased" };
      if (!text.includes(late?.name ?? "")) return { kind: "open", text: unseal(known ?? must(), text) ?? "" };
      if (hasLearned) return { kind: "open", text: unseal(late ?? must(), text) ?? "" };
      return { kind: "unknown", known: Promise.resolve().then(() => void (hasLearned = true)) };
    },
    isErased: () => false,
    sealLike: (_, text) => text,
  };
}

function must(): never {
  throw new Error("a key");
}

const ANSWER = {
  output: seal(known, '{"name":"Ada"}'),
  late: seal(late, '"later"'),
  erased: seal(gone, '{"name":"Bob"}'),
  error: { name: "Error", message: seal(known, 'no "luck", Ada'), stack: seal(gone, "at Bob") },
  // The engine's own events carry both inside of theirs.
  failed: JSON.stringify({ event: { data: JSON.parse(seal(known, '{"a":1}')) as unknown }, error: { message: seal(known, "Ada's") } }),
  reason: `its handler threw Error: ${seal(known, "Ada")}`,
  lost: JSON.stringify({ event: JSON.parse(sealedText({ key: gone.name, data: "" })) as unknown }),
  list: [1, null, true, "plain"],
};

test("data is opened wherever it stands; what was erased is marked, as JSON or as a text; a key that comes is waited for", async () => {
  expect(await shown(sealing(), ANSWER)).toEqual({
    output: '{"name":"Ada"}',
    late: '"later"',
    erased: '{"$erased":true}',
    error: { name: "Error", message: 'no "luck", Ada', stack: "(erased)" },
    failed: JSON.stringify({ event: { data: { a: 1 } }, error: { message: "Ada's" } }),
    reason: "its handler threw Error: Ada",
    lost: '{"event":{"$erased":true}}',
    list: [1, null, true, "plain"],
  });
  expect(await shown(null, ANSWER)).toBe(ANSWER);
});

test("keys that nobody tells of are not waited for longer than who asks wants to wait", async () => {
  const silent: Sealing = { ...sealing(), open: () => ({ kind: "unknown", known: new Promise(() => {}) }) };
  const late = new AbortController();
  const asked = shown(silent, { data: seal(known, "1"), reason: seal(known, "Ada"), plain: 1 }, late.signal);
  late.abort();
  expect(await asked).toEqual({ data: '{"$sealed":true}', reason: "(sealed)", plain: 1 });
});

test("who has no keys sees that there is something, and of what was cut nothing", () => {
  const text = JSON.stringify(withoutKeys({ ...ANSWER, cut: ANSWER.failed.slice(0, 90), short: ANSWER.reason.slice(0, 60) }));
  expect(text).not.toContain('"v"');
  expect(text).not.toContain(known.name);
  expect(text).toContain("(sealed)");
});

test("log lines and alerts have an error's name, and nothing that is sealed", () => {
  expect(toldError({ name: "TypeError", message: seal(known, "Ada"), stack: "at Ada" })).toMatchObject({ name: "TypeError", stack: null });
  for (const text of [ANSWER.reason, ANSWER.reason.slice(0, 80)]) expect(toldText(text)).not.toMatch(/sealed"|[0-9a-f]{32}/);
  expect(toldText("as it is")).toBe("as it is");
});
