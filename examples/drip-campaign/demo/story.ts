// What became of each run, by the journal.
import { idempotencyKeyOf } from "../../../engine/execution/idempotency-key.ts";
import type { Decision } from "../../stage/journal.ts";

export interface Story {
  readonly run: string;
  readonly functionId: string;
  /** The event that began it; its data as JSON says it. */
  readonly event: { readonly id: string; readonly name: string; readonly data: unknown };
  /** The run that invoked it. */
  readonly parent: string | null;
  /** By the step's id. */
  readonly waits: Map<string, Wait>;
  /** Keys of its finished steps, as services know them. */
  readonly finished: string[];
  end: { readonly how: "completed" | "failed" | "cancelled"; readonly at: number } | null;
}

/** Times are the log's, in milliseconds since 1970. */
export interface Wait {
  readonly startedAt: number;
  readonly deadline: number;
  answer: { readonly at: number; readonly event: string | null } | null;
}

export function storiesOf(decisions: readonly Decision[]): ReadonlyMap<string, Story> {
  const stories = new Map<string, Story>();
  for (const { record, appendedAt: at } of decisions) {
    if (record.type === "RunsStarted") {
      const { id, name, data } = record.event;
      for (const { id: run, functionId, parent } of record.runs) {
        const event = { id, name, data: JSON.parse(data) as unknown };
        stories.set(run, { run, functionId, event, parent: parent?.run ?? null, waits: new Map(), finished: [], end: null });
      }
    } else if ("run" in record) {
      const story = stories.get(record.run);
      if (story !== undefined) tell(story, record, at);
    }
  }
  return stories;
}

function tell(story: Story, record: Extract<Decision["record"], { run: unknown }>, at: number): void {
  switch (record.type) {
    case "StepCompleted":
      story.finished.push(idempotencyKeyOf(record.run, record.step));
      break;
    case "WaitStarted":
      story.waits.set(record.step, { startedAt: at, deadline: record.deadline ?? Number.POSITIVE_INFINITY, answer: null });
      break;
    case "WaitResolved": {
      const wait = story.waits.get(record.step);
      if (wait !== undefined) wait.answer = { at, event: record.event?.id ?? null };
      break;
    }
    case "RunCompleted":
      story.end = { how: "completed", at };
      break;
    case "RunFailed":
      story.end = { how: "failed", at };
      break;
    case "RunCancelled":
      story.end = { how: "cancelled", at };
      break;
    default:
  }
}
