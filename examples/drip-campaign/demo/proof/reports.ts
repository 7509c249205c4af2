// Each tick of the cron has one run and one report, also those that nobody was there for.
import { countBy, many, type Finding } from "../../../stage/finding.ts";
import type { Evidence } from "../evidence.ts";
import { REPORT_EVERY_MS } from "../pace.ts";
import { findingOf } from "../../../stage/faults.ts";

export function reportsOf({ stories, requests, sentHomeAt }: Evidence): readonly Finding[] {
  const runs = [...stories.values()].filter(({ functionId }) => functionId === "report");
  const tickOf = (data: unknown): string => (data as { tick: string }).tick;
  const started = countBy(runs, ({ event }) => tickOf(event.data));
  const filed = countBy(
    requests.filter(({ effect, service }) => effect && service === "reports"),
    ({ body }) => tickOf(body),
  );
  const ticks = [...started.keys()].toSorted();
  const ended = new Set(runs.filter(({ end }) => end?.how === "completed").map(({ event }) => tickOf(event.data)));
  const faults = ticks.flatMap((tick, index) => {
    const before = ticks[index - 1];
    const isNext = before === undefined || Date.parse(tick) - Date.parse(before) === REPORT_EVERY_MS;
    // The cron goes on while the workers leave: whoever comes next would end what it begins then.
    const mayBeOpen = Date.parse(tick) > sentHomeAt - REPORT_EVERY_MS;
    const isDone = (filed.get(tick) === 1 && ended.has(tick)) || (mayBeOpen && !ended.has(tick));
    return isNext && started.get(tick) === 1 && isDone
      ? []
      : [`${tick}: ${started.get(tick)} runs, ${filed.get(tick) ?? 0} reports, the tick before is ${before}`];
  });
  const none = runs.length === 0 ? ["there was none"] : [];
  return findingOf(
    `${many(ticks.length, "tick")} of the cron, ${REPORT_EVERY_MS / 1_000} s apart, none missing: a run and a report for each`,
    [...faults, ...none],
  );
}
