// When each partition of an app, or of a consumer, has decided what it was told: the API shows a function as paused as soon as one of them is.
import type { Log } from "../../../engine/log/log.ts";
import type { AppTopics } from "../../../engine/task/app-topics.ts";
import { Standing } from "../../../server/partitions/standing.ts";
import { until } from "../faults/until.ts";

export interface Partitions {
  readonly log: Log;
  readonly topics: AppTopics;
  readonly partitions: number;
}

/** Resolves when no partition starts the function any more. */
export async function pausedEverywhere(of: Partitions, functionId: string): Promise<void> {
  await until(`${functionId} is paused on each partition`, async () => {
    const standing = await new Standing(of).look();
    return standing.every(({ pauses }) => pauses.has(functionId));
  });
}

/** Resolves when all partitions have decided all that is in these topics and in their inboxes, and none is paused. */
export async function settled(of: Partitions, sources: readonly string[]): Promise<void> {
  const { log, topics } = of;
  await until(`${topics.journal} has nothing to decide`, async () => {
    const standing = await new Standing(of).look();
    const isBehind = standing.flatMap(({ partition, positions }) =>
      [...sources, topics.inbox].map(async (topic) => {
        const position = positions.find((one) => one.topic === topic && one.partition === partition)?.offset ?? 0;
        return position < (await log.latestOffset({ topic, partition }));
      }),
    );
    return standing.every(({ pauses }) => pauses.size === 0) && !(await Promise.all(isBehind)).includes(true);
  });
}
