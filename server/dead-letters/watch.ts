// Tells whoever looks at an app that letters came, or were seen to by others: looked at every ten seconds, until the log is closed.
import type { Clock } from "../../engine/core/clock.ts";
import { LogError } from "../../engine/log/errors.ts";
import type { LiveHub } from "../served-app.ts";
import type { DeadLetters } from "./dead-letters.ts";

const LOOK_MS = 10_000;

export function watchLetters({ letters, live, clock }: { letters: DeadLetters; live: LiveHub; clock: Pick<Clock, "setTimer"> }): void {
  let before: unknown = null;
  const look = async (): Promise<void> => {
    try {
      // The same list, while nothing changed.
      const now = await letters.list();
      if (before !== null && now !== before) live.tell({ type: "dead-letters" });
      before = now;
    } catch (error) {
      if (error instanceof LogError && (error.code === "LOG_CLOSED" || error.code === "LOG_ABORTED")) return;
    }
    clock.setTimer(LOOK_MS, () => void look());
  };
  void look();
}
