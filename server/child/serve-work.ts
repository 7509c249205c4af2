// The child's main: takes its one piece of work, does it with a log that it reads through its parent, and says what came of it.
import { MillraceError } from "../../engine/core/errors.ts";
import type { Log } from "../../engine/log/log.ts";
import { BorrowedLog } from "./borrowed-log.ts";
import { endWithParent } from "./orphan-watch.ts";
import type { FromChild, FromParent } from "./messages.ts";

export type Work = (request: unknown, log: Log, tell: (told: unknown) => void) => Promise<unknown>;

export function serveWork(work: Work): void {
  let log: BorrowedLog | null = null;
  process.on("message", (message) => {
    const said = message as FromParent;
    if (said.kind !== "work") {
      log?.hear(said);
      return;
    }
    log = new BorrowedLog(said.log, (ask, call) => say({ kind: "asks", ask, call }));
    void perform(work, said.request, log);
  });
  // Its parent is gone, and with it all that this was for.
  process.once("disconnect", () => process.exit(1));
  endWithParent();
  say({ kind: "ready" });
}

async function perform(work: Work, request: unknown, log: Log): Promise<void> {
  try {
    say({ kind: "done", result: await work(request, log, (told) => say({ kind: "tells", told })) });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    say({ kind: "failed", code: codeOf(error), message });
  }
}

function codeOf(error: unknown): string {
  if (error instanceof MillraceError) return error.code;
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "OPERATION_FAILED";
}

/** Sent before code of the app is called, whose doings must not be heard as words of this. */
const send = process.send?.bind(process);

function say(message: FromChild): void {
  send?.(message);
}
