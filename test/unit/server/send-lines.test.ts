// A stream of events ends in order, whoever it is that wants no more of it: each line that was read has its answer.
import { expect, test } from "vitest";
import { LogError } from "../../../engine/log/errors.ts";
import { silentLogger } from "../../../engine/observability/logger.ts";
import { DEFAULT_LIMITS } from "../../../server/http/limits.ts";
import type { AppHandle } from "../../../server/served-app.ts";
import { SendDesk } from "../../../server/sending/send-desk.ts";
import { sendLines } from "../../../server/sending/send-lines.ts";
import { FakeClock } from "../../support/fake-clock.ts";

type Send = AppHandle["send"];

const taken = ((events: readonly { readonly id: string }[]) =>
  Promise.resolve({ ids: events.map(({ id }) => id), records: [] })) as unknown as Send;

/** A sender that goes on for as long as the server lets it: its clock stands still. */
function given(send: Send = taken) {
  const clock = new FakeClock();
  const ending = new AbortController();
  const over = Promise.withResolvers<void>();
  const sender = Promise.withResolvers<ReadableStreamDefaultController<Uint8Array>>();
  const body = new ReadableStream<Uint8Array>({ start: (controller) => sender.resolve(controller) });
  const answers = sendLines(body, {
    desk: new SendDesk({ send }, DEFAULT_LIMITS, clock),
    limits: DEFAULT_LIMITS,
    clock,
    logger: silentLogger,
    trace: {},
    isWelcome: () => true,
    ending: ending.signal,
    onOver: over.resolve,
  });
  const say = async (...ids: readonly string[]): Promise<void> => {
    const lines = ids.map((id) => `${JSON.stringify({ name: "noted", data: null, id })}\n`);
    (await sender.promise).enqueue(Buffer.from(lines.join("")));
  };
  return { ending, answers, say, over: over.promise };
}

async function all(answers: ReadableStream<Uint8Array>): Promise<readonly unknown[]> {
  let text = "";
  for await (const chunk of answers) text += Buffer.from(chunk).toString();
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown);
}

test("a server that stops answers all that it has sent on, and ends the stream, however long its sender would go on", async () => {
  const sent: string[] = [];
  const first = Promise.withResolvers<void>();
  const { ending, answers, say, over } = given(((events: readonly { readonly id: string }[]) => {
    sent.push(...events.map(({ id }) => id));
    first.resolve();
    return taken(events as never);
  }) as unknown as Send);
  await say("a", "b", "c");
  await first.promise;
  ending.abort();
  const answered = await all(answers);
  expect(answered).toEqual(sent.map((id) => ({ id })));
  expect(sent[0]).toBe("a");
  await over;
});

test("a sender that waits for its answers gets them when the log takes nothing any more, and need not send another line for that", async () => {
  const { answers, say, over } = given(() =>
    Promise.reject(new LogError("LOG_UNAVAILABLE", "no broker answers", { retriable: true, outcomeUnknown: false })),
  );
  await say("a");
  expect(await all(answers)).toEqual([{ code: "LOG_UNAVAILABLE", detail: "no broker answers", status: "not-sent" }]);
  await over;
});
