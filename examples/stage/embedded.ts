// On the embedded log: a directory that one process holds at a time. So the worker also sends, and its successor starts when it is dead.
import path from "node:path";
import { openEmbeddedLog } from "../../engine/log/embedded/embedded-log.ts";
import { PARTITIONS, type Stage } from "./stage.ts";

export function embeddedStage(folder: string): Stage {
  const directory = path.join(folder, "log");
  return {
    kind: "embedded",
    workers: 1,
    log: { log: { kind: "embedded", path: directory }, partitions: PARTITIONS },
    send: (event, crew) => crew.send(event),
    recover: async ({ crew, narrator }) => {
      const worker = await crew.hire();
      narrator.say(worker.name, `process ${worker.pid} goes on from the same directory`);
    },
    openLog: () => openEmbeddedLog({ path: directory }),
    [Symbol.asyncDispose]: async () => {},
  };
}
