// What AES gives away, and what it does not take back.
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ConfigurationError } from "../../../../engine/core/configuration-error.ts";
import { aesGcmCodec } from "../../../../engine/log/encrypted/aes-gcm-codec.ts";

const [first, second] = [randomBytes(32), randomBytes(32)];
const codec = aesGcmCodec({ keys: { first }, current: "first" });
const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const bound = Buffer.from("journal");
/** OpenSSL's words, and ours. */
const NOT_OPENED = /unable to authenticate|altered|cut short/;

test("what is encrypted comes back, is other bytes each time, and does not hold what it was", () => {
  fc.assert(
    fc.property(bytes, bytes, (plain, to) => {
      const [one, two] = [codec.encrypt(plain, to), codec.encrypt(plain, to)];
      expect(one.equals(two)).toBe(false);
      if (plain.length >= 8) expect(one.includes(plain)).toBe(false);
      expect(codec.decrypt(one, to, "first").equals(plain)).toBe(true);
      expect(aesGcmCodec({ keys: { first }, current: "first" }).decrypt(two, to, "first").equals(plain)).toBe(true);
    }),
  );
});

test("a name is hidden as the same bytes in every process, and comes back", () => {
  fc.assert(
    fc.property(bytes, bytes, (name, to) => {
      const hidden = codec.hide(name, to);
      const other = aesGcmCodec({ keys: { second, first: first.toString("base64") }, current: "second", names: "first" });
      expect(other.hide(name, to).equals(hidden)).toBe(true);
      expect(other.show(hidden, to).equals(name)).toBe(true);
      if (name.length >= 8) expect(hidden.includes(name)).toBe(false);
    }),
  );
});

test("one bit changed anywhere, another place, another key: nothing comes back", () => {
  const plain = Buffer.from("four and twenty");
  const [encrypted, hidden] = [codec.encrypt(plain, bound), codec.hide(plain, bound)];
  for (const [sealed, open] of [
    [encrypted, (of: Buffer, to = bound) => codec.decrypt(of, to, "first")],
    [hidden, (of: Buffer, to = bound) => codec.show(of, to)],
  ] as const) {
    expect(open(sealed).equals(plain)).toBe(true);
    for (let bit = 0; bit < 8 * sealed.length; bit++) {
      const altered = Buffer.from(sealed);
      altered.writeUInt8(altered.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(() => open(altered)).toThrow(NOT_OPENED);
    }
    for (let length = 0; length < sealed.length; length++) expect(() => open(sealed.subarray(0, length))).toThrow(NOT_OPENED);
    expect(() => open(sealed, Buffer.from("inbox"))).toThrow(NOT_OPENED);
  }
  const other = aesGcmCodec({ keys: { first: second }, current: "first" });
  expect(() => other.decrypt(encrypted, bound, "first")).toThrow(NOT_OPENED);
  expect(() => other.show(hidden, bound)).toThrow(NOT_OPENED);
});

test("what is bound and what is hidden are not confused at their seam", () => {
  expect(codec.hide(Buffer.from("bc"), Buffer.from("a")).equals(codec.hide(Buffer.from("c"), Buffer.from("ab")))).toBe(false);
});

test.each([
  [{ keys: { a: randomBytes(16) }, current: "a" }, /"a" has 16 bytes: 32 are needed/],
  [{ keys: { a: "c2hvcnQ=" }, current: "a" }, /"a" has 5 bytes/],
  [{ keys: { a: first }, current: "b" }, /current is "b", which is none of keys/],
  [{ keys: {}, current: "b" }, /none of keys/],
  [{ keys: { "no spaces": first }, current: "no spaces" }, /a key's id/],
  [{ keys: { a: first, b: second }, current: "b" }, /say under which the keys of records are/],
  [{ keys: { a: first, b: second }, current: "b", names: "c" }, /names is "c"/],
])("options that cannot work are refused, and no message has a key in it", (options, problem) => {
  expect(() => aesGcmCodec(options)).toThrow(problem);
  expect(() => aesGcmCodec(options)).toThrow(ConfigurationError);
});
