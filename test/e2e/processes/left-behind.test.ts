// What an app's code leaves behind, such as a step that hears no signal, does not hold a process that was told to end.
import { expect, test, vi } from "vitest";
import { freePorts } from "../../support/kafka/ports.ts";
import { DevRun, ended } from "../dev/dev-run.ts";

/** Its one step takes a day, and does not hear that it is to stop; and its code has a timer of its own. */
const HANGING = `
import { Millrace } from "millrace";
export const app = new Millrace({ id: "hanging", log: { kind: "embedded", path: ":memory:" }, partitions: 1, stopGraceMs: 100 });
app.createFunction({ id: "hang", triggers: [{ event: "day/began" }] }, ({ step }) =>
  step.run("hang", async () => {
    console.log("hangs in " + process.pid);
    await new Promise((resolve) => setTimeout(resolve, 86_400_000));
  }),
);
setInterval(() => {}, 60_000);
process.on("exit", () => console.log("last words"));
await app.send({ name: "day/began", data: {} });
`;

/** What is left at most, once the app has stopped: far less than an orchestrator's patience. */
const SOON_MS = 20_000;

const soon = (): Promise<string> => new Promise((resolve) => setTimeout(resolve, SOON_MS, "it lives on").unref());

test.each([
  ["worker", []],
  ["start", ["--no-login"]],
])("millrace %s ends by itself once the app has stopped, though a step of its code still waits", async (command, args) => {
  await using run = await DevRun.in({ "app.ts": HANGING });
  const [port = 0] = await freePorts(1);
  const child = run.spawn(command, "app.ts", ...args, "--port", String(port));
  await run.hears("hangs in");
  await run.hears("hanging started");
  child.kill("SIGTERM");
  const code = await Promise.race([ended(child), soon()]);
  // Whatever comes of it, no process is to be left.
  child.kill("SIGKILL");
  expect(code).toBe(0);
  expect(run.said).toContain("SIGTERM: stopping hanging");
  expect(run.said).toContain("hanging has stopped, and something of its code still keeps this process alive (Timeout): ending it");
  expect(run.said).toContain("last words");
});

test("a worker that nothing holds ends as soon as its app has stopped, and says nothing of it; so does one with work of its own to finish", async () => {
  const brief = HANGING.replace("86_400_000", "50").replace(/setInterval.*\n/, "");
  const finishing = `${brief}process.once("SIGTERM", () => setTimeout(() => { console.log("spans sent"); process.exitCode = 7; }, 500));\n`;
  await using run = await DevRun.in({ "app.ts": finishing });
  const child = run.spawn("worker", "app.ts");
  await run.hears("hangs in");
  await run.hears("hanging started");
  child.kill("SIGTERM");
  expect(await ended(child)).toBe(7);
  expect(run.said).toContain("spans sent\nlast words\n");
  expect(run.said).not.toContain("keeps this process alive");
});

test("the app's process of millrace dev ends by itself, too", async () => {
  await using run = await DevRun.in({ "app.ts": HANGING });
  const [port = 0] = await freePorts(1);
  const child = run.dev(port);
  await run.hears("hangs in");
  await run.hears("Try it");
  const pid = Number(/hangs in (\d+)/.exec(run.said)?.[1]);
  child.kill("SIGTERM");
  expect(await ended(child)).toBe(0);
  expect(run.said).toContain("last words");
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow("ESRCH"), 15_000);
});
