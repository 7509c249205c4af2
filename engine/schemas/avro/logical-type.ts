// What Avro says about a type beyond its bytes: a decimal, a date, a time, an id.
export type LogicalType = Decimal | { readonly kind: "uuid" } | { readonly kind: TimeKind };

export interface Decimal {
  readonly kind: "decimal";
  readonly precision: number;
  readonly scale: number;
}

const TIMES = {
  date: "int",
  "time-millis": "int",
  "time-micros": "long",
  "timestamp-millis": "long",
  "timestamp-micros": "long",
  "local-timestamp-millis": "long",
  "local-timestamp-micros": "long",
} as const;
export type TimeKind = keyof typeof TIMES;

/**
 * Null where the schema names none, one that is unknown, or one that its type cannot have: as Avro demands, that is read as what its
 * bytes are.
 * @param size in bytes, of a fixed
 */
export function logicalTypeOf(json: Readonly<Record<string, unknown>>, underlying: string, size: number | null): LogicalType | null {
  const kind = json["logicalType"];
  if (kind === "decimal") return underlying === "bytes" || underlying === "fixed" ? decimalOf(json, size) : null;
  if (kind === "uuid") return underlying === "string" || size === 16 ? { kind } : null;
  return isTimeKind(kind) && TIMES[kind] === underlying ? { kind } : null;
}

/** Of a number that stands for a time; null for any other. */
export function timeKindOf(logical: LogicalType | null): TimeKind | null {
  return logical === null || logical.kind === "decimal" || logical.kind === "uuid" ? null : logical.kind;
}

/** Whether it is one of those that are understood here, wherever it stands. */
export function isLogicalTypeName(name: unknown): boolean {
  return name === "decimal" || name === "uuid" || isTimeKind(name);
}

/** How it is called in messages. */
export function logicalTypeShown(logical: LogicalType): string {
  return logical.kind === "decimal" ? `decimal(${logical.precision}, ${logical.scale})` : logical.kind;
}

/** The most bytes that a number of so many digits takes, in two's complement. */
export function bytesForDigits(precision: number): number {
  return Math.ceil((precision * Math.log2(10) + 1) / 8);
}

function decimalOf(json: Readonly<Record<string, unknown>>, size: number | null): Decimal | null {
  const { precision, scale = 0 } = json;
  if (!isWhole(precision) || precision < 1 || !isWhole(scale) || scale > precision) return null;
  // 10^precision - 1 has to fit.
  if (size !== null && Math.floor(Math.log10(2) * (8 * size - 1)) < precision) return null;
  return { kind: "decimal", precision, scale };
}

function isTimeKind(kind: unknown): kind is TimeKind {
  return typeof kind === "string" && Object.hasOwn(TIMES, kind);
}

function isWhole(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
