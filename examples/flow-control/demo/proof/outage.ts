// While the service fails, it is left alone, but for a trial now and then; and when it works again, everything goes on.
import { many, type Finding } from "../../../stage/finding.ts";
import { COOLDOWN_MS, VERIFY } from "../../limits.ts";
import type { Evidence } from "../evidence.ts";
import { isOpen } from "../told.ts";

export function outageOf({ report, decisions }: Evidence): readonly Finding[] {
  const { outage } = report;
  if (outage === null) return [{ holds: false, text: "the service never failed" }];
  const breaker = decisions.flatMap(({ record, appendedAt: at }) =>
    record.type === "CellSet" && record.kind === "breaker" ? [{ at, isOpen: isOpen(record.numbers) }] : [],
  );
  const opened = breaker.find(({ at, isOpen }) => isOpen && at >= outage.from);
  const last = breaker.at(-1);
  if (opened === undefined || opened.at > outage.to) return [{ holds: false, text: "the service failed, and the breaker did not open" }];
  const asked = report.asked.filter(({ service, at }) => service === "verifications" && at > opened.at && at < outage.to).length;
  const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
  // What had been let in by then may come still.
  const most = VERIFY.atOnce + Math.ceil((outage.to - opened.at) / COOLDOWN_MS) + 1;
  const closedAt = breaker.find(({ at, isOpen }) => !isOpen && at > opened.at)?.at ?? 0;
  return [
    {
      holds: asked <= most && last?.isOpen === false,
      text: `no address was verified for ${seconds(outage.to - outage.from)}: the breaker opened after ${seconds(opened.at - outage.from)}, and ${many(asked, "request")} came until it worked again; it closed ${seconds(closedAt - outage.to)} later`,
    },
  ];
}
