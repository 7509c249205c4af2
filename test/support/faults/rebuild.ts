// Rebuilds partitions from offset 0 in a process that never saw them live, and says their digests on stdout.
//   node rebuild.ts '{ "log": …, "journal": "<topic>", "wanted": [[partition, lsn], …] }'
// What any build of the tests wrote can be read here.
import "./next-format.ts";
import { openEmbeddedLog } from "../../../engine/log/embedded/embedded-log.ts";
import { openKafkaLog } from "../../../engine/log/kafka/kafka-log.ts";
import { verify, type VerifiedState } from "../../../engine/replay/verify.ts";

export interface RebuildOrder {
  readonly log: { readonly kind: "kafka"; readonly brokers: readonly string[] } | { readonly kind: "embedded"; readonly path: string };
  readonly journal: string;
  readonly wanted: readonly (readonly [partition: number, lsn: number])[];
}

export type RebuildAnswer = readonly (readonly [partition: number, state: VerifiedState])[];

if (import.meta.main) await rebuild(JSON.parse(process.argv[2] ?? "") as RebuildOrder);

async function rebuild({ log: options, journal, wanted }: RebuildOrder): Promise<void> {
  const log = options.kind === "kafka" ? await openKafkaLog(options) : await openEmbeddedLog(options);
  const topics = { journal, state: journal.replace(/journal$/, "state") };
  const answer: RebuildAnswer = await Promise.all(
    wanted.map(async ([partition, untilLsn]) => [partition, await verify({ log, topics, partition, untilLsn })] as const),
  );
  await log.close();
  process.stdout.write(JSON.stringify(answer));
}
