// On the embedded log: a directory that one process holds at a time. So the worker also sends, and its successor starts when it is dead.
import path from "node:path";
import { openEmbeddedLog } from "../../../engine/log/embedded/embedded-log.ts";
import type { Stage } from "./stage.ts";

export function embeddedStage(folder: string): Stage {
  const directory = path.join(folder, "log");
  return {
    workers: 1,
    signUps: 100,
    log: { log: { kind: "embedded", path: directory } },
    send: (event, crew) => crew.send(event),
    recover: async (crew, _ledger, narrator) => {
      const worker = await crew.hire();
      narrator.say(worker.name, `process ${worker.pid} goes on from the same directory`);
    },
    openLog: () => openEmbeddedLog({ path: directory }),
    [Symbol.asyncDispose]: async () => {},
  };
}
