// Times and durations as people read them.

const UNITS: readonly [name: Intl.RelativeTimeFormatUnit, ms: number][] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "always", style: "narrow" });
const absolute = new Intl.DateTimeFormat("en-GB", {
  year: "numeric",
  month: "short",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
  timeZoneName: "short",
});
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "2-digit", month: "short" });
const dayOfYear = new Intl.DateTimeFormat("en-GB", { day: "2-digit", month: "short", year: "numeric" });

/** `3m ago`, `in 2h 5m`, `now`; what is more than a week away as a date. What is to come has two units: a wait of 47 hours is not `1d`. */
export function fromNow(at: number, now: number): string {
  const ms = at - now;
  if (Math.abs(ms) < 1_000) return "now";
  if (Math.abs(ms) > 7 * 86_400_000) return (new Date(at).getFullYear() === new Date(now).getFullYear() ? day : dayOfYear).format(at);
  if (ms > 0) return `in ${duration(Math.round(ms / 1_000) * 1_000).replace(/(\d+)(?:\.\d)? (.)[a-z]*/g, "$1$2")}`;
  const [unit, length] = UNITS.find(([, size]) => Math.abs(ms) >= size) ?? ["second", 1_000];
  return relative.format(Math.trunc(ms / length), unit);
}

export function exactTime(at: number): string {
  return isTime(at) ? absolute.format(at) : "no time";
}

/** Events of strangers may say that they are of a time that no calendar has. */
export function isTime(at: number): boolean {
  return Math.abs(at) <= 8_640_000_000_000_000;
}

export function clockTime(at: number): string {
  return clock.format(at);
}

/** `12 ms`, `3.4 s`, `5 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const parts: readonly [number, string][] =
    seconds < 3_600
      ? [
          [Math.floor(seconds / 60), "min"],
          [seconds % 60, "s"],
        ]
      : seconds < 86_400
        ? [
            [Math.floor(seconds / 3_600), "h"],
            [Math.floor((seconds % 3_600) / 60), "min"],
          ]
        : [
            [Math.floor(seconds / 86_400), "d"],
            [Math.floor((seconds % 86_400) / 3_600), "h"],
          ];
  return parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(" ");
}

/** `1,234`; `12.3k` and `4.5M` where that is too long. */
export function amount(count: number): string {
  if (count < 100_000) return count.toLocaleString("en");
  return count < 999_500 ? `${(count / 1_000).toFixed(0)}k` : `${(count / 1_000_000).toFixed(1)}M`;
}

/** `12 B`, `3.4 kB`, `1.0 MB`. */
export function byteSize(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
