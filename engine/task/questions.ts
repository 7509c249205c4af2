// Questions and requests between tasks: they change no state, so nothing is journalled of them, and who asks asks again until it is answered.
import type { AskDigest, AskRescan, AskWatermark, HoldBack, MessageBody } from "../workflow/records.ts";

export type Question = AskWatermark | AskRescan | HoldBack | AskDigest;

const QUESTIONS: ReadonlySet<string> = new Set(["AskWatermark", "AskRescan", "HoldBack", "AskDigest"] satisfies Question["type"][]);

export function isQuestion(body: MessageBody): body is Question {
  return QUESTIONS.has(body.type);
}
