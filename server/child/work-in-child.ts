// Work in a process of its own, which reads the log through this one. It may block, change its clock, or end: this process goes on.
import { fork, type ChildProcess } from "node:child_process";
import { LogError } from "../../engine/log/errors.ts";
import type { Log } from "../../engine/log/log.ts";
import { ChildError } from "./child-error.ts";
import { LentLog } from "./lent-log.ts";
import type { FromChild, FromParent } from "./messages.ts";

export interface ChildWork {
  /** Its script, which ends in a call of `serveWork`. */
  readonly script: URL;
  /** What it is to do: what structured cloning can copy. */
  readonly request: unknown;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** For people, e.g. `dry run of invoice`. */
  readonly name: string;
  readonly onTold: (told: unknown) => void;
}

/** What Node needs to find the package where it runs from its sources. */
const FROM_SOURCE = "--conditions=@millrace/source";

/** Resolves with its result. @throws ChildError; what the signal says */
export async function workInChild({ script, request, log, signal, name, onTold }: ChildWork): Promise<unknown> {
  signal.throwIfAborted();
  const isSource = script.pathname.endsWith(".ts") && !process.execArgv.includes(FROM_SOURCE);
  const child = fork(script, [], {
    serialization: "advanced",
    // What the app's code prints is for people, and no answer.
    stdio: ["ignore", 2, 2, "ipc"],
    execArgv: isSource ? [...process.execArgv, FROM_SOURCE] : process.execArgv,
  });
  const lent = new LentLog(log);
  const kill = (): void => void child.kill("SIGKILL");
  signal.addEventListener("abort", kill, { once: true });
  try {
    return await new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("exit", (code, killedBy) => reject(ended(name, code, killedBy)));
      child.on("message", (message) => {
        const said = message as FromChild;
        if (said.kind === "ready") say(child, { kind: "work", request, log: factsOf(log) });
        else if (said.kind === "asks") void answer(child, lent, said);
        else if (said.kind === "tells") onTold(said.told);
        else if (said.kind === "done") resolve(said.result);
        else reject(new ChildError(said.code, said.message));
      });
    });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", kill);
    lent.close();
    kill();
  }
}

async function answer(child: ChildProcess, lent: LentLog, { ask, call }: Extract<FromChild, { readonly kind: "asks" }>): Promise<void> {
  try {
    const value = await lent.answer(call);
    say(child, { kind: "answer", ask, value });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    say(child, { kind: "refusal", ask, code: error instanceof LogError ? error.code : null, message });
  }
}

function say(child: ChildProcess, message: FromParent): void {
  // It may have ended meanwhile, which its end tells.
  if (child.connected) child.send(message, () => {});
}

function factsOf({ description, maxBatchBytes, settleMs }: Log): { description: string; maxBatchBytes: number; settleMs: number } {
  return { description, maxBatchBytes, settleMs };
}

function ended(name: string, code: number | null, signal: NodeJS.Signals | null): ChildError {
  const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
  return new ChildError(
    "CHILD_ENDED",
    `the process of ${name} ended ${how} before it was over: the app's code ended it, or the machine did. Nothing was changed; begin it again`,
  );
}
