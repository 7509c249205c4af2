// Every behaviour of a log, by name. A new file in behaviours/ is added here.
import { abortedAppends } from "./behaviours/aborted-appends.ts";
import { appendTimes } from "./behaviours/append-times.ts";
import { appendsAreContiguous } from "./behaviours/appends-are-contiguous.ts";
import { batchesAreAtomic } from "./behaviours/batches-are-atomic.ts";
import { closing } from "./behaviours/closing.ts";
import { compaction } from "./behaviours/compaction.ts";
import { creatingTopics } from "./behaviours/creating-topics.ts";
import { describingTopics } from "./behaviours/describing-topics.ts";
import { earliestAndLatest } from "./behaviours/earliest-and-latest.ts";
import { groupMembers } from "./behaviours/group-members.ts";
import { groups } from "./behaviours/groups.ts";
import { offsetForTime } from "./behaviours/offset-for-time.ts";
import { offsetsOutOfRange } from "./behaviours/offsets-out-of-range.ts";
import { readersFollowTheEnd } from "./behaviours/readers-follow-the-end.ts";
import { readersStartAnywhere } from "./behaviours/readers-start-anywhere.ts";
import { readersWaitAtTheEnd } from "./behaviours/readers-wait-at-the-end.ts";
import { recordsComeBackAsWritten } from "./behaviours/records-come-back-as-written.ts";
import { tooLargeRecords } from "./behaviours/too-large-records.ts";
import { trimming } from "./behaviours/trimming.ts";
import { unknownTopics } from "./behaviours/unknown-topics.ts";
import type { Subject } from "./subject.ts";

export const behaviours: Readonly<Record<string, (subject: Subject) => void>> = {
  "appends are contiguous": appendsAreContiguous,
  "batches are atomic": batchesAreAtomic,
  "records come back as written": recordsComeBackAsWritten,
  "append times": appendTimes,
  "too large records": tooLargeRecords,
  "aborted appends": abortedAppends,
  "readers start anywhere": readersStartAnywhere,
  "readers follow the end": readersFollowTheEnd,
  "readers wait at the end": readersWaitAtTheEnd,
  "offsets out of range": offsetsOutOfRange,
  "earliest and latest": earliestAndLatest,
  "offset for a time": offsetForTime,
  trimming,
  compaction,
  "creating topics": creatingTopics,
  "describing topics": describingTopics,
  "unknown topics": unknownTopics,
  groups,
  "group members": groupMembers,
  closing,
};
