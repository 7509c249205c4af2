// The consumer group in which an app's servers agree which of them tells alerts. No consumer's or sink's id has a slash in it.
import { groupOf, type AppTopics } from "../task/app-topics.ts";

export function serversGroup(topics: AppTopics): string {
  return `${groupOf(topics)}/servers`;
}
