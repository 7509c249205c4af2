// What a server said no to: its own code and words, and how that ends a command.
import { MillraceError } from "../../engine/core/errors.ts";
import type { Problem } from "../../server/contract/words.ts";

type Told = Pick<Problem, "code" | "detail" | "status" | "errors" | "deliveries">;

export class ApiError extends MillraceError {
  override readonly family = "api";
  readonly status: number;
  /** Seconds after which it may be asked again; null: it did not say. */
  readonly retryAfter: number | null;
  /** Of events that were to be sent. */
  readonly deliveries: Problem["deliveries"];

  constructor(problem: Told, retryAfter: number | null = null) {
    super(problem.code, textOf(problem));
    this.status = problem.status;
    this.retryAfter = retryAfter;
    this.deliveries = problem.deliveries;
  }

  /** The same may succeed a while later. */
  get isPassing(): boolean {
    return this.status === 429 || this.status === 503;
  }
}

/** Where a request was wrong at several places, each of them; the detail says the first alone. */
function textOf({ detail, errors = [] }: Pick<Problem, "detail" | "errors">): string {
  if (errors.length < 2) return detail;
  return [detail, ...errors.map(({ path, message }) => `  ${path}: ${message}`)].join("\n");
}
