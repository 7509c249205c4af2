// Raising the format that an app's workers write (R14): once it is activated, a build that cannot read it cannot take part any more.
// So it is refused while such a worker lives, and before it a roll-back to an older build is safe.
import { FIRST_FORMAT, newestFormat } from "../journal/frame-formats.ts";
import type { Log } from "../log/log.ts";
import type { Logger } from "../observability/logger.ts";
import { groupOf, type AppTopics } from "../task/app-topics.ts";
import { WorkerError } from "./errors.ts";
import { FunctionsTopic } from "./functions-topic.ts";
import { decodeFacts } from "./member-facts.ts";

export interface UpgradeOptions {
  readonly log: Log;
  readonly topics: AppTopics;
}

export interface UpgradeStatus {
  /** The format that workers write. */
  readonly active: number;
  /** The highest one that this build knows. */
  readonly newest: number;
  /** Live workers, and the highest format that each reads. */
  readonly members: readonly { readonly worker: string; readonly reads: number }[];
}

export async function upgradeStatus(options: UpgradeOptions): Promise<UpgradeStatus> {
  return withFunctions(options, (functions) => statusOf(options, functions));
}

/** Activates the newest format of this build. Returns what was active before and is now. @throws WorkerError `UPGRADE_REFUSED` */
export async function finalizeUpgrade(
  options: UpgradeOptions & { readonly by: string; readonly now: number },
): Promise<{ readonly from: number; readonly to: number }> {
  return withFunctions(options, async (functions) => {
    const { active, newest, members } = await statusOf(options, functions);
    if (newest <= active) return { from: active, to: active };
    const behind = members.filter(({ reads }) => reads < newest);
    if (behind.length > 0) {
      throw new WorkerError(
        "UPGRADE_REFUSED",
        `format ${newest} would stop workers that cannot read it: ${behind.map(({ worker, reads }) => `${worker} reads up to ${reads}`).join(", ")}. Replace them first; nothing was changed`,
      );
    }
    await functions.activateFormat({ format: newest, by: options.by, time: options.now });
    return { from: active, to: newest };
  });
}

export interface NewestAtOnceOptions {
  readonly functions: FunctionsTopic;
  /** Whether nobody else can be there: the embedded log has one process. */
  readonly isAlone: boolean;
  readonly by: string;
  readonly now: number;
}

/** Where no older build can be, the newest format is activated without being asked for: nobody else is there, or the app is new. */
export async function activateNewest({ functions, isAlone, by, now }: NewestAtOnceOptions): Promise<void> {
  const format = newestFormat();
  const isNew = functions.active === null && functions.format === FIRST_FORMAT;
  if (functions.format < format && (isAlone || isNew)) await functions.activateFormat({ format, by, time: now });
}

/** Says once that journals may hold what this build cannot read. */
export function tellIfTooNew(functions: FunctionsTopic, logger: Logger): () => void {
  let isTold = false;
  const tell = (): void => {
    if (isTold || functions.format <= newestFormat()) return;
    isTold = true;
    logger.error(
      { code: "FORMAT_TOO_NEW", format: functions.format, reads: newestFormat() },
      `this app's journals are written in format ${functions.format}, and this build reads up to ${newestFormat()}: a partition that it opens may stop with JOURNAL_UNKNOWN_FORMAT. Run the newer version`,
    );
  };
  tell();
  return tell;
}

async function statusOf({ log, topics }: UpgradeOptions, functions: FunctionsTopic): Promise<UpgradeStatus> {
  const members = await log.members(groupOf(topics));
  return {
    active: functions.format,
    newest: newestFormat(),
    members: members.map(({ memberId, metadata }) => {
      const { worker, reads } = decodeFacts(metadata);
      return { worker: worker ?? memberId, reads };
    }),
  };
}

/** Reads the topic to its end, hands it to `work`, and lets go of it. */
export async function withFunctions<T>({ log, topics }: UpgradeOptions, work: (functions: FunctionsTopic) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  try {
    const functions = new FunctionsTopic(log, topics.functions, abort.signal);
    await functions.open(() => {}); // what comes later is nothing that this asks for
    return await work(functions);
  } finally {
    abort.abort();
  }
}
