// Questions and requests between tasks: they change no state, so nothing is journalled of them, and who asks asks again until it is answered.
import type { AskRescan, AskWatermark, HoldBack, MessageBody } from "../workflow/records.ts";

export type Question = AskWatermark | AskRescan | HoldBack;

export function isQuestion(body: MessageBody): body is Question {
  return body.type === "AskWatermark" || body.type === "AskRescan" || body.type === "HoldBack";
}
