// The process that runs an app for `millrace dev`: loads its module, serves its API on a port of its own, starts it, and tells how that goes.
import { serveApp } from "../serve-app.ts";
import { loadRunnableApp } from "../app-module.ts";
import { checkAgainstCode, OF_DEV, settingsOf } from "../command-settings.ts";
import { printed } from "../end-process.ts";
import { say } from "../say.ts";
import { failureOf } from "./failure.ts";
import { leashTo } from "./leash.ts";
import { followLoadedFiles } from "./loaded-files.ts";
import type { Begin, ChildMessage } from "./messages.ts";
import { shownOf } from "./shown-app.ts";

// The other process may be gone: then there is nobody to tell.
const tell = (message: ChildMessage): void => void (process.connected && process.send?.(message));
const told = Promise.withResolvers<void>();

process.once("message", (begin: Begin) => void run(begin));
// A terminal's Ctrl-C goes to both processes: the other one decides.
process.on("SIGINT", () => {});
process.once("SIGTERM", () => {
  tell({ type: "stopping" });
  told.resolve();
  process.once("SIGTERM", () => process.exit(143));
});
// The other process is gone.
process.once("disconnect", () => told.resolve());
leashTo(process.ppid, () => told.resolve());

async function run({ module, flags }: Begin): Promise<void> {
  const own: string[] = [];
  followLoadedFiles((loaded) => {
    if (loaded.hash !== null) own.push(loaded.file);
    tell({ type: "loaded", file: loaded });
  });
  try {
    const settings = settingsOf(flags, OF_DEV);
    const app = await loadRunnableApp(module);
    checkAgainstCode(settings, app.parts, say);
    const serving = await serveApp({
      app,
      module,
      mode: "dev",
      createTopics: app.parts.options.createTopics,
      settings: { ...settings.values.server, host: "127.0.0.1", port: 0 },
      // Nobody is to be woken by what somebody tries out.
      alerts: null,
    });
    try {
      tell({ type: "listening", port: serving.port });
      const started = app.start();
      const isRunning = await Promise.race([started.then(() => true), told.promise.then(() => false)]);
      if (isRunning) {
        serving.started();
        tell({ type: "ready", app: shownOf(app, serving.log) });
        await told.promise;
      }
    } finally {
      await serving.close();
      await app.stop();
    }
    await printed();
    // At once, whatever the code left behind: it is to begin anew.
    process.exit(0);
  } catch (error) {
    if (!process.connected) process.exit(1);
    process.send?.(failureOf(error, own), () => process.exit(1));
  }
}
