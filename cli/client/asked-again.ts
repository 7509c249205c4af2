// What is answered with "not now" is asked again: whoever waits meanwhile is told so, once.
import { say } from "../say.ts";
import type { ApiError } from "./api-error.ts";

/** `until`: when that ends, such as `at most 4 times`. */
export type TellAgain = (error: ApiError, until: string) => void;

/** Beside the result: scripts read that. */
export const sayAgain: TellAgain = (error, until) => {
  // A bar that shows how far something is would go on in this line.
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[2K");
  say(againText(error, until));
};

export function againText({ code, message }: ApiError, until: string): string {
  return `${code}: ${message}. Tried again, ${until}; Ctrl-C ends it`;
}
