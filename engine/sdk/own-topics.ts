// Which topics an app's codec is for: all that the app writes, but its schemas, which others read as well and which say nothing of anybody.
import { groupOf, type AppTopics } from "../task/app-topics.ts";

/** Of an app, and of each of its consumers in each of its versions. */
const PURPOSES = /\.(?:journal|inbox|state|functions|dead-letter|keys)$/;

/** `foreign`: topics that the app reads as others write them. */
export function ownTopics(topics: AppTopics, foreign: readonly string[] = []): (topic: string) => boolean {
  const prefix = `${groupOf(topics)}.`;
  const others = new Set(foreign);
  const known = new Map<string, boolean>();
  const isOwn = (topic: string): boolean =>
    topic.startsWith(prefix) && !others.has(topic) && (topic === topics.events || topic === `${prefix}audit` || PURPOSES.test(topic));
  return (topic) => {
    const before = known.get(topic);
    if (before !== undefined) return before;
    const answer = isOwn(topic);
    // As many as the app has topics.
    known.set(topic, answer);
    return answer;
  };
}
