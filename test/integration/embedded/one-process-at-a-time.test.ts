import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openEmbeddedLog } from "../../../engine/log/embedded/embedded-log.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "millrace-lock-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("a log that another process has is refused, with its path and what to do; the process's death sets it free", async () => {
  const other = spawn(process.execPath, [path.join(import.meta.dirname, "appending-process.ts"), folder, "1"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  other.stdout.resume();
  await once(other.stdout, "data"); // it has the log: it says what it appended

  const refusal: unknown = await openEmbeddedLog({ path: folder }).catch((error: unknown) => error);
  expect(refusal).toMatchObject({ code: "LOG_LOCKED", retriable: false });
  expect(String(refusal)).toContain(folder);
  expect(String(refusal)).toContain("another process");
  expect(String(refusal)).toContain("Kafka");

  await killed(other);
  const log = await openEmbeddedLog({ path: folder });
  await log.close();
});

test("a log that is open in this process is refused too, and can be opened again when it was closed", async () => {
  const first = await openEmbeddedLog({ path: folder });
  await expect(openEmbeddedLog({ path: folder })).rejects.toMatchObject({ code: "LOG_LOCKED" });
  await first.close();
  const second = await openEmbeddedLog({ path: folder });
  await second.close();
});

async function killed(child: ChildProcess): Promise<void> {
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}
