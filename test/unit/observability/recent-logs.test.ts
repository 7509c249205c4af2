import pino from "pino";
import { describe, expect, test } from "vitest";
import { RecentLogs } from "../../../engine/observability/recent-logs.ts";
import { tellLinesOf } from "../../../engine/observability/written-lines.ts";

const line = (msg: string, more: object = {}): string => `${JSON.stringify({ level: 30, time: 1, pid: 1, hostname: "h", msg, ...more })}\n`;

test("lines of a run come in their order, with their level, their step and what was logged beside the message", () => {
  const logs = new RecentLogs();
  logs.add("a", line("one", { runId: "a", function: "f" }), 10);
  logs.add("a", line("two", { level: 50, step: "charge", attempt: 1, amount: 3 }), 11);
  logs.add("b", line("other"), 12);
  expect(logs.linesOf("a")).toEqual({
    lines: [
      { at: 10, level: "info", message: "one", step: null, fields: null },
      { at: 11, level: "error", message: "two", step: "charge", fields: '{"amount":3}' },
    ],
    isCut: false,
  });
  expect(logs.linesOf("never")).toEqual({ lines: [], isCut: false });
});

describe("everything has a bound (R16):", () => {
  test("a run keeps its last lines, and says that older ones are gone", () => {
    const logs = new RecentLogs({ maxLinesPerRun: 3 });
    for (let n = 0; n < 20; n++) logs.add("a", line(`${n}`));
    const { lines, isCut } = logs.linesOf("a");
    expect([lines.map(({ message }) => message), isCut]).toEqual([["17", "18", "19"], true]);
  });

  test("runs that logged nothing for longest are forgotten when all lines together are too many", () => {
    const logs = new RecentLogs({ maxChars: 1_000 });
    for (let n = 0; n < 100; n++) logs.add(`run ${n}`, line("x".repeat(100)));
    expect(logs.linesOf("run 0").lines).toEqual([]);
    expect(logs.linesOf("run 99").lines).toHaveLength(1);
  });

  test("a line that is too long keeps its level, its step and the beginning of its message", () => {
    const logs = new RecentLogs({ maxLineChars: 1_000 });
    logs.add("a", line("m".repeat(5_000), { level: 40, step: "s", big: "x".repeat(5_000) }));
    const [kept] = logs.linesOf("a").lines;
    expect(kept).toMatchObject({ level: "warn", step: "s", fields: null });
    expect(kept?.message.length).toBeLessThan(1_000);
  });
});

test("what is no JSON is kept as its text", () => {
  const logs = new RecentLogs();
  logs.add("a", "plain\n");
  expect(logs.linesOf("a").lines[0]).toMatchObject({ message: "plain", level: "info" });
});

test("lines are told as they are written: by children, too, of the level in force, with what is redacted left out", () => {
  const written: string[] = [];
  const root = pino({ redact: ["secret"], level: "info" }, { write: (text: string) => void written.push(text) });
  const child = root.child({ runId: "a" });
  const told: string[] = [];
  tellLinesOf(child, (text) => told.push(text));
  root.info("not of the child");
  child.debug("too quiet");
  child.child({ step: "s" }).info({ secret: "canary" }, "said %d", 3);
  expect(told).toHaveLength(1);
  expect(told[0]).toBe(written[1]);
  expect(JSON.parse(told[0] ?? "")).toMatchObject({ runId: "a", step: "s", msg: "said 3", secret: "[Redacted]" });
});
