// What is decided is deleted from an inbox now and then (R16).
import { expect, test } from "vitest";
import { LogError, type LogErrorCode } from "../../../engine/log/errors.ts";
import { silentLogger } from "../../../engine/observability/logger.ts";
import { InboxTrim } from "../../../engine/task/inbox-trim.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const INBOX = { topic: "inbox", partition: 0 };
const DONE = { topic: INBOX.topic, partition: 0, next: 20_001, last: 20_000, hash: 0, producers: [], ids: [] };

/** How often it was tried in five minutes, and what was said, where the first tries end like this. */
async function trimmed(...failures: readonly LogErrorCode[]) {
  const clock = new FakeClock();
  const codes: unknown[] = [];
  let tries = 0;
  const trim = async (): Promise<void> => {
    const failure = failures[tries++];
    if (failure !== undefined) throw new LogError(failure, "no");
  };
  const logger = { ...silentLogger, warn: ({ code }: { code?: unknown }) => void codes.push(code) };
  const inboxTrim = new InboxTrim({ log: { trim }, inbox: INBOX, clock, logger });
  inboxTrim.acknowledged({ inputs: [DONE] });
  for (let minute = 0; minute < 5; minute++) {
    await clock.advance(60_000);
    inboxTrim.tick();
  }
  return { tries, codes };
}

test("trouble that passes is no reason to give up", async () => {
  expect(await trimmed("LOG_UNAVAILABLE", "LOG_UNAVAILABLE")).toEqual({ tries: 3, codes: [] });
});

test("who may not delete is told once, and does not try again", async () => {
  expect(await trimmed("LOG_NOT_AUTHORIZED")).toEqual({ tries: 1, codes: ["INBOX_NOT_TRIMMED"] });
});
