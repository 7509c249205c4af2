// Whether this process lives, and whether it has what it needs to be asked: for whoever runs it, without a login, and without a word on what it does.
import type { Api } from "./api.ts";

export interface Health {
  readonly isReady: boolean;
  /** What it waits for, in words. */
  readonly waitsFor: readonly string[];
}

export function mountHealth(app: Api, ready: () => Health): void {
  app.get("/health/live", (c) => c.json({ status: "live" }));
  app.get("/health/ready", (c) => {
    const { isReady, waitsFor } = ready();
    return isReady ? c.json({ status: "ready" }) : c.json({ status: "starting", waitsFor }, 503);
  });
}
