// What is asked of the past and not answered yet is asked again now and then: whose owner ended has forgotten the question.
import type { Clock } from "../core/clock.ts";
import type { Message } from "../workflow/decision.ts";
import type { PartitionState } from "../workflow/state.ts";
import { shapeKey } from "../workflow/wait/shape.ts";

export interface PastQuestionsOptions {
  readonly state: PartitionState;
  readonly clock: Clock;
  readonly tell: (messages: readonly Message[]) => void;
}

const ASK_AGAIN_MS = 5_000;
/** So many go with one decision (R15). */
const MAX_TOGETHER = 200;

interface Question {
  readonly to: number;
  readonly shape: string;
  readonly round: number;
}

export class PastQuestions {
  readonly #options: PastQuestionsOptions;
  /** Of this round of asking. */
  #open: Question[] = [];
  #askedAt: number = Number.NEGATIVE_INFINITY;

  constructor(options: PastQuestionsOptions) {
    this.#options = options;
  }

  /** Called twice a second. */
  tick(): void {
    const { state, clock, tell } = this.#options;
    if (this.#open.length === 0 && clock.monotonicMs() - this.#askedAt >= ASK_AGAIN_MS) {
      this.#askedAt = clock.monotonicMs();
      this.#open = [...state.scans.values()].flatMap(({ event, path, round, waiting }) =>
        [...waiting].map((to) => ({ to, shape: shapeKey(event, path), round })),
      );
    }
    const messages = this.#open.splice(0, MAX_TOGETHER).flatMap((question) => this.#messages(question));
    if (messages.length > 0) tell(messages);
  }

  #messages({ to, shape, round }: Question): readonly Message[] {
    const scan = this.#options.state.scans.get(shape);
    if (scan?.round !== round || !scan.waiting.has(to)) return [];
    const { event, path, since } = scan;
    return [{ to, body: { type: "AskRescan", event, path, round, since } }];
  }
}
