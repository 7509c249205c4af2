// What is mended in kafkajs, shown on a real broker with the patch and without: once the second half of a test fails, the patch can go.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";

const run = promisify(execFile);

test("an idle connection arms no timers; unpatched, hundreds a second, and Node warns of negative ones", async () => {
  const patched = await idleClient("patched");
  expect(patched.timers).toBeLessThan(10);
  expect(patched.warnings).toBe(0);
  const bare = await idleClient("bare");
  expect(bare.timers).toBeGreaterThan(100);
  expect(bare.warnings).toBeGreaterThan(0);
});

async function idleClient(patches: "patched" | "bare"): Promise<{ timers: number; warnings: number }> {
  const script = fileURLToPath(new URL("./idle-client.ts", import.meta.url));
  const { stdout } = await run(process.execPath, [script, kafkaBrokers()[0] ?? "", patches]);
  return JSON.parse(stdout) as { timers: number; warnings: number };
}
