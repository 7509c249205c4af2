// The Source family of errors: a source partition stops, says what is missing, and how to go on (R11). Others are not touched.
import { MillraceError } from "../core/errors.ts";

export type SourceErrorCode =
  "SOURCE_MISSING_HISTORY" | "SOURCE_PAST_END" | "SOURCE_RECREATED" | "SOURCE_UNKNOWN" | "SOURCE_UNDECIPHERABLE";

export class SourceError extends MillraceError {
  override readonly family = "source";
  declare readonly code: SourceErrorCode;
  readonly topic: string;
  readonly partition: number;
  /** Offset of the first record that is still there, or can be read. */
  readonly goOnAt: number;

  constructor(code: SourceErrorCode, source: { readonly topic: string; readonly partition: number }, problem: string, goOnAt: number) {
    super(
      code,
      `source ${source.topic}/${source.partition} stopped: ${problem}. Nothing else is affected. To accept the loss and go on, start with ` +
        `skipMissing: [{ topic: ${JSON.stringify(source.topic)}, partition: ${source.partition}, to: ${goOnAt} }]; the jump is then recorded in the journal`,
    );
    this.topic = source.topic;
    this.partition = source.partition;
    this.goOnAt = goOnAt;
  }
}
