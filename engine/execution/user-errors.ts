// Errors that user code throws at the engine, or that the engine throws into user code.
import { ConfigurationError } from "../core/configuration-error.ts";
import { durationMs, type Duration } from "../core/duration.ts";
import { MillraceError } from "../core/errors.ts";
import type { Failure } from "../workflow/records.ts";

/** Throw it in a step or a function when another attempt cannot help. */
export class NonRetriableError extends MillraceError {
  override readonly family = "user";
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super("NON_RETRIABLE", message, options);
  }
}

/** Throw it in a step or a function to say when the next attempt is due. It still counts as an attempt. */
export class RetryAfterError extends MillraceError {
  override readonly family = "user";
  /** Milliseconds from now, or the time itself. */
  readonly retryAfter: number | Date;

  /** @throws ConfigurationError `INVALID_DURATION` */
  constructor(message: string, retryAfter: Duration | Date, options: { readonly cause?: unknown } = {}) {
    super("RETRY_AFTER", message, options);
    if (retryAfter instanceof Date && Number.isNaN(retryAfter.getTime())) {
      throw new ConfigurationError("INVALID_DURATION", "RetryAfterError: its Date is not a time");
    }
    this.retryAfter = retryAfter instanceof Date ? retryAfter : durationMs(retryAfter);
  }
}

/** A step has no attempt left. Thrown where the step was awaited; a function may catch it and go on. */
export class StepError extends MillraceError {
  override readonly family = "user";
  readonly stepId: string;
  /** Name of the error that the step's last attempt threw. */
  readonly originalName: string;

  constructor(stepId: string, failure: Failure) {
    const cause = new Error(failure.message);
    cause.name = failure.name;
    if (failure.stack !== null) cause.stack = failure.stack;
    super("STEP_FAILED", failure.message, { cause });
    this.stepId = stepId;
    this.originalName = failure.name;
  }
}

/** A step, or a function outside of its steps, took longer than it may. Its `signal` is aborted with this. */
export class TimeoutError extends MillraceError {
  override readonly family = "user";
  constructor(message: string) {
    super("TIMEOUT", message);
  }
}

/** The reason of a `signal`: what runs here must end, since it does not count any more. */
export class AbortedError extends MillraceError {
  override readonly family = "user";
  constructor(message: string) {
    super("ABORTED", message);
  }
}
