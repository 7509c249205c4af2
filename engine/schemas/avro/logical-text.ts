// Dates, times, decimals and ids: numbers and bytes in Avro, text in data. Nothing is rounded on either way; null says that it cannot be.
import type { Decimal, LogicalType, TimeKind } from "./logical-type.ts";
import { bytesForDigits } from "./logical-type.ts";

const DAY_MS = 86_400_000;

/** For messages: what a text must be like. */
export function expectedText(logical: LogicalType): string {
  switch (logical.kind) {
    case "decimal":
      return `a text that is a decimal of ${logical.precision} digits with ${logical.scale} ${logical.scale === 1 ? "place" : "places"}`;
    case "uuid":
      return "a text that is a UUID";
    case "date":
      return 'a text that is a date such as "2026-11-22"';
    case "time-millis":
      return 'a text that is a time such as "09:30:00.000"';
    case "time-micros":
      return 'a text that is a time such as "09:30:00.000000"';
    case "timestamp-millis":
      return 'a text that is a time in ISO 8601 with its zone, to the millisecond, such as "2026-11-22T09:30:00.000Z"';
    case "timestamp-micros":
      return 'a text that is a time in ISO 8601 with its zone, to the microsecond, such as "2026-11-22T09:30:00.000000Z"';
    case "local-timestamp-millis":
      return 'a text that is a local time in ISO 8601, to the millisecond, such as "2026-11-22T09:30:00.000"';
    case "local-timestamp-micros":
      return 'a text that is a local time in ISO 8601, to the microsecond, such as "2026-11-22T09:30:00.000000"';
  }
}

export function timeToNumber(kind: TimeKind, text: string): number | null {
  switch (kind) {
    case "date":
      return dateToDays(text);
    case "time-millis":
      return clockToNumber(text, 3);
    case "time-micros":
      return clockToNumber(text, 6);
    case "timestamp-millis":
      return isoToNumber(text, 3, true);
    case "timestamp-micros":
      return isoToNumber(text, 6, true);
    case "local-timestamp-millis":
      return isoToNumber(text, 3, false);
    case "local-timestamp-micros":
      return isoToNumber(text, 6, false);
  }
}

export function numberToTime(kind: TimeKind, value: number): string | null {
  switch (kind) {
    case "date":
      return isoOf(value * DAY_MS)?.slice(0, -"T00:00:00.000Z".length) ?? null;
    case "time-millis":
      return value >= 0 && value < DAY_MS ? (isoOf(value)?.slice(11, -1) ?? null) : null;
    case "time-micros":
      return value >= 0 && value < DAY_MS * 1_000 ? (microsOf(value)?.slice(11) ?? null) : null;
    case "timestamp-millis":
      return isoOf(value);
    case "timestamp-micros":
      return withZone(microsOf(value));
    case "local-timestamp-millis":
      return isoOf(value)?.slice(0, -1) ?? null;
    case "local-timestamp-micros":
      return microsOf(value);
  }
}

/** The unscaled number, in two's complement, high byte first. @param size of a fixed; of bytes, null: as few as it takes */
export function decimalToBytes({ precision, scale }: Decimal, text: string, size: number | null): Buffer | null {
  const match = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?$/.exec(text);
  if (match === null || text.length > precision + 3) return null;
  const [, sign = "", whole = "", places = ""] = match;
  if (places.length > scale) return null;
  const digits = whole + places.padEnd(scale, "0");
  if (digits.length <= FEW_DIGITS && digits.length <= precision) return numberToBytes(Number(sign + digits), size);
  if (digits.replace(/^0+/, "").length > precision) return null;
  const number = BigInt(sign + digits);
  // One bit more, for the sign.
  const bytes = size ?? Math.floor(bitsOf(number) / 8) + 1;
  const hex = BigInt.asUintN(8 * bytes, number).toString(16);
  return Buffer.from(hex.padStart(2 * bytes, "0"), "hex");
}

export function bytesToDecimal({ precision, scale }: Decimal, bytes: Buffer, size: number | null): string | null {
  // Turning a megabyte into digits would take minutes.
  if (bytes.length === 0 || (size === null && bytes.length > bytesForDigits(precision) + 8)) return null;
  const number =
    bytes.length <= FEW_BYTES ? bytes.readIntBE(0, bytes.length) : BigInt.asIntN(8 * bytes.length, BigInt(`0x${bytes.toString("hex")}`));
  const digits = (number < 0 ? -number : number).toString().padStart(scale + 1, "0");
  if (digits.length > Math.max(precision, scale + 1)) return null;
  const point = digits.length - scale;
  return `${number < 0 ? "-" : ""}${digits.slice(0, point)}${scale === 0 ? "" : `.${digits.slice(point)}`}`;
}

export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text);
}

export function uuidToBytes(text: string): Buffer | null {
  return isUuid(text) ? Buffer.from(text.replaceAll("-", ""), "hex") : null;
}

export function bytesToUuid(bytes: Buffer): string {
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** So many digits, and bytes, a number of JavaScript holds exactly, and Node's buffers take: others are big integers, which are slow. */
const FEW_DIGITS = 14;
const FEW_BYTES = 6;

function numberToBytes(number: number, size: number | null): Buffer {
  const positive = number < 0 ? -number - 1 : number;
  let least = 1;
  for (let limit = 128; positive >= limit; limit *= 256) least++;
  const bytes = Buffer.alloc(size ?? least, number < 0 ? 0xff : 0);
  bytes.writeIntBE(number, bytes.length - least, least);
  return bytes;
}

/** Bits of the absolute number; of a negative power of two one less, which its two's complement does not need. */
function bitsOf(number: bigint): number {
  const positive = number < 0n ? -number - 1n : number;
  return positive === 0n ? 0 : positive.toString(2).length;
}

function dateToDays(text: string): number | null {
  const ms = Date.parse(`${text}T00:00:00.000Z`);
  return isoOf(ms) === `${text}T00:00:00.000Z` ? ms / DAY_MS : null;
}

function clockToNumber(text: string, places: number): number | null {
  const match = /^([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d+))?$/.exec(text);
  if (match === null) return null;
  const fraction = match[4] ?? "";
  if (fraction.length > places) return null;
  const seconds = Number(match[1]) * 3_600 + Number(match[2]) * 60 + Number(match[3]);
  return seconds * 10 ** places + Number(fraction.padEnd(places, "0"));
}

function isoToNumber(text: string, places: number, hasZone: boolean): number | null {
  // As JavaScript writes it itself, which is how it mostly comes.
  if (hasZone && text.length === 24) {
    const ms = Date.parse(text);
    if (isoOf(ms) === text) return exact(ms * 10 ** (places - 3));
  }
  const match = /^((?:\d{4}|[+-]\d{6})-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?$/.exec(text);
  if (match === null) return null;
  const [, wall = "", fraction = "", zone] = match;
  if ((zone !== undefined) !== hasZone || fraction.length > places) return null;
  // There is no 30th of February, and JavaScript would take it for the 2nd of March.
  if (isoOf(Date.parse(`${wall}.000Z`)) !== `${wall}.000Z`) return null;
  const seconds = Date.parse(`${wall}${zone ?? "Z"}`) / 1_000;
  const number = seconds * 10 ** places + Number(fraction.padEnd(places, "0"));
  return exact(number);
}

function exact(number: number): number | null {
  return Number.isSafeInteger(number) ? number : null;
}

function isoOf(ms: number): string | null {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/** Without a zone. */
function microsOf(micros: number): string | null {
  const ms = Math.floor(micros / 1_000);
  const iso = isoOf(ms);
  return iso === null ? null : iso.slice(0, -1) + String(micros - ms * 1_000).padStart(3, "0");
}

function withZone(iso: string | null): string | null {
  return iso === null ? null : `${iso}Z`;
}
