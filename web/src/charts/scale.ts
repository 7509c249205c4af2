// Numbers of a chart: round ticks, and places on the canvas.

/** From zero to at least `max`, in steps of 1, 2 or 5 times a power of ten; whole, since counts are. */
export function ticksTo(max: number, about = 4): readonly number[] {
  if (max <= 0) return [0, 1];
  const raw = Math.max(max / about, 1);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= raw) ?? 10) * power;
  return Array.from({ length: Math.ceil(max / step) + 1 }, (_, index) => index * step);
}

/** 1234567 → 1.2M. For axes, where the exact number is elsewhere. */
export function shortNumber(value: number): string {
  for (const [size, unit] of UNITS)
    if (value >= size) return `${(value / size).toFixed(value < 10 * size ? 1 : 0).replace(/\.0$/, "")}${unit}`;
  return String(value);
}

const UNITS = [
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
] as const;

/** A place that stays put to a tenth: longer numbers only make the page larger. */
export function place(value: number, from: number, to: number, start: number, end: number): number {
  if (to === from) return start;
  return Math.round((start + ((value - from) / (to - from)) * (end - start)) * 10) / 10;
}
