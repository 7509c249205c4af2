// What was written down as asked for is done; where it fails, that is written down, too.
import type { AuditedStep } from "../served-app.ts";

/** Rejects as the work does. */
export async function carriedOut<Result>(asked: AuditedStep, work: () => Promise<Result> | Result): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    // Why it failed is what the caller has to hear, also where the log takes nothing any more.
    await asked.failed(error instanceof Error ? error.message : String(error)).catch(() => {});
    throw error;
  }
}
