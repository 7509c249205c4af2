// What is finished never ran again, whoever was killed.
import { idempotencyKeyOf } from "../../../../engine/execution/idempotency-key.ts";
import { many, type Finding } from "../../../stage/finding.ts";
import { ranAgain } from "../../../stage/ran-again.ts";
import type { Evidence } from "../evidence.ts";

export function stepsOf({ decisions, finishedAt, report, deaths }: Evidence): readonly Finding[] {
  const finished = decisions.flatMap(({ record }) => (record.type === "StepCompleted" ? [idempotencyKeyOf(record.run, record.step)] : []));
  const again = ranAgain({ finished, heardAt: finishedAt, requests: report.asked, deaths });
  const good = again.requests.length + again.twice + again.forgotten === 0;
  return [
    {
      holds: good,
      text: good
        ? `${many(finished.length, "step")} finished, none ran again, and all that was acknowledged stands in the journal`
        : `${again.requests.length + again.twice} finished steps ran again, ${again.forgotten} are missing from the journal`,
    },
  ];
}
