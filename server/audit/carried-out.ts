// What was written down as asked for is done; where it fails, that is written down, too.
import { SERVER_ENDING } from "../server-ending.ts";
import type { AuditedStep } from "../served-app.ts";

/** Rejects as the work does. */
export async function carriedOut<Result>(asked: AuditedStep, work: () => Promise<Result> | Result): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    // Why it failed is what the caller has to hear, also where the log takes nothing any more.
    await asked.failed(whyOf(error)).catch(() => {});
    throw error;
  }
}

/** Where work was stopped, what was done of it stays done. */
function whyOf(error: unknown): string {
  if (error === SERVER_ENDING) return "the server ended before it was over";
  if (!(error instanceof Error)) return String(error);
  return error.name === "AbortError" ? "it was stopped before it was over" : error.message;
}
