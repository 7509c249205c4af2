// Which numbers the fields of a cron expression may have, told in the words of who wrote them.

interface Field {
  readonly name: string;
  readonly least: number;
  readonly most: number;
}

const SECOND: Field = { name: "second", least: 0, most: 59 };
const FIELDS: readonly Field[] = [
  { name: "minute", least: 0, most: 59 },
  { name: "hour", least: 0, most: 23 },
  { name: "day of the month", least: 1, most: 31 },
  { name: "month", least: 1, most: 12 },
  { name: "day of the week", least: 0, most: 7 },
];

/** The first number that its field cannot have; null where there is none. `parts`: five fields, or six with seconds before them. */
export function outOfRange(parts: readonly string[]): string | null {
  const fields = parts.length === 6 ? [SECOND, ...FIELDS] : FIELDS;
  for (const [index, { name, least, most }] of fields.entries()) {
    for (const number of numbersOf(parts[index] ?? "")) {
      if (number < least || number > most) return `${name} ${number} is not within ${least}–${most}`;
    }
  }
  return null;
}

/** Those that name a time: not steps (`/15`), nor which of a month's Mondays is meant (`#2`). */
function numbersOf(field: string): readonly number[] {
  return [...field.replaceAll(/[/#]\d+/g, "").matchAll(/\d+/g)].map(([digits]) => Number(digits));
}
