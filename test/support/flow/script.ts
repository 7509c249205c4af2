// Handlers as lists: what a run does, one thing after the other, in the time of the test. The engine's own invoker calls them.
import type { FakeClock } from "../fake-clock.ts";
import type { Handler } from "../../../engine/execution/function.ts";

export type Action =
  /** `fails`: its first attempts throw, so many. */
  | { readonly kind: "step"; readonly ms: number; readonly fails?: number }
  /** So many steps at once. */
  | { readonly kind: "steps"; readonly ms: readonly number[] }
  | { readonly kind: "sleep"; readonly ms: number }
  | { readonly kind: "wait"; readonly timeoutMs: number }
  | { readonly kind: "invoke"; readonly functionId: string }
  /** Outside of steps. */
  | { readonly kind: "own"; readonly ms: number }
  /** A step loses against a sleep, and is called off. */
  | { readonly kind: "race"; readonly ms: number; readonly sleepMs: number };

export type Script = readonly Action[];

export interface Stage {
  readonly clock: Pick<FakeClock, "setTimer">;
  /** A step's code is called, or comes to its end. */
  began(run: string, step: string): void;
  ended(run: string, step: string): void;
}

export function handlerOf(script: Script, stage: Stage): Handler {
  const pass = (ms: number): Promise<void> => new Promise((resolve) => void stage.clock.setTimer(ms, resolve));
  return async ({ step: tools, runId, event }) => {
    const body =
      (name: string, ms: number, fails = 0) =>
      async ({ attempt, signal }: { readonly attempt: number; readonly signal: AbortSignal }): Promise<string> => {
        stage.began(runId, name);
        const isOver = (): void => stage.ended(runId, name);
        signal.addEventListener("abort", isOver);
        await pass(ms);
        signal.removeEventListener("abort", isOver);
        if (!signal.aborted) isOver();
        if (attempt < fails) throw new Error("not yet");
        return name;
      };
    for (const [index, action] of script.entries()) {
      const name = `s${index}`;
      switch (action.kind) {
        case "step":
          await tools.run(name, body(name, action.ms, action.fails));
          break;
        case "steps":
          await Promise.all(action.ms.map((ms, place) => tools.run(`${name}-${place}`, body(`${name}-${place}`, ms))));
          break;
        case "sleep":
          await tools.sleep(name, action.ms);
          break;
        case "wait":
          await tools.waitForEvent(name, { event: "never", match: "data.k", timeout: action.timeoutMs });
          break;
        case "invoke":
          await tools.invoke(name, { function: action.functionId, data: event.data }).catch(() => null);
          break;
        case "own":
          await pass(action.ms);
          break;
        case "race":
          await tools.race({
            step: (branch) => branch.run(`${name}-step`, body(`${name}-step`, action.ms)),
            sleep: (branch) => branch.sleep(`${name}-sleep`, action.sleepMs),
          });
          break;
      }
    }
    return script.length;
  };
}
