import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { expect, test, vi } from "vitest";

const LEASH = path.resolve(import.meta.dirname, "../../support/kafka/leash.ts");

test("a process on the leash dies with the one that held it, killed without warning, and its scratch goes too", async () => {
  const scratch = mkdtempSync(path.join(tmpdir(), "millrace-leash-"));
  const script = `
    import { spawn } from "node:child_process";
    import { leash } from ${JSON.stringify(LEASH)};
    const child = spawn("sleep", ["60"], { detached: true, stdio: "ignore" });
    leash(child.pid, ${JSON.stringify(scratch)});
    console.log(child.pid);
    setInterval(() => {}, 1_000);
  `;
  const holder = spawn(process.execPath, ["--input-type=module", "--eval", script], { stdio: ["ignore", "pipe", "inherit"] });
  const [said] = (await once(holder.stdout, "data")) as [Buffer];
  const pid = Number(said.toString());
  expect(isAlive(pid)).toBe(true);

  holder.kill("SIGKILL");
  await vi.waitUntil(() => !isAlive(pid) && !existsSync(scratch), 15_000);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
