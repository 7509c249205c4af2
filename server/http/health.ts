// Whether this process lives, and whether it has what it needs to be asked: for whoever runs it, without a login, and without a word on what it does.
import type { Api } from "./api.ts";

export interface Health {
  readonly isReady: boolean;
  /** What it waits for, in words. */
  readonly waitsFor: readonly string[];
  /** Of the run history: `reading`: it has not had all that was there when it was opened; `incomplete`: it lacks something, as `/app` says. */
  readonly history: "complete" | "reading" | "incomplete";
}

export function mountHealth(app: Api, ready: () => Health): void {
  app.get("/health/live", (c) => c.json({ status: "live" }));
  app.get("/health/ready", (c) => {
    const { isReady, waitsFor, history } = ready();
    return isReady ? c.json({ status: "ready", history }) : c.json({ status: "starting", waitsFor, history }, 503);
  });
}
