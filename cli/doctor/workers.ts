// The app's workers: whether there are any, and whether they and this version read each other's journals.
import type { Log } from "../../engine/log/log.ts";
import type { AppTopics } from "../../engine/task/app-topics.ts";
import { upgradeStatus } from "../../engine/worker/upgrade.ts";
import { fail, ok, warn, type Finding } from "./finding.ts";

export async function workerFindings(log: Log, topics: AppTopics, app: string): Promise<readonly Finding[]> {
  const { active, newest, members } = await upgradeStatus({ log, topics });
  const findings: Finding[] = [];
  if (active > newest) {
    findings.push(
      fail("format", `journals are written in format ${active}, and this version reads up to ${newest}`, "install the newer version here"),
    );
  } else {
    const says = `journals are written in format ${active}; this version reads up to ${newest}`;
    findings.push(
      active === newest ? ok("format", says) : warn("format", says, `when every worker is new: millrace upgrade finalize --app ${app}`),
    );
  }
  if (members.length === 0) findings.push(warn("workers", "none is running: events are taken in and wait", "millrace worker <module>"));
  else findings.push(ok("workers", `${members.length}: ${members.map(({ worker }) => worker).join(", ")}`));
  for (const { worker, reads } of members) {
    if (reads >= active) continue;
    findings.push(fail(`worker ${worker}`, `reads formats up to ${reads}, and journals have ${active}`, "deploy this version there"));
  }
  return findings;
}
