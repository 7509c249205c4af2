import { PassThrough } from "node:stream";
import picocolors from "picocolors";
import pino from "pino";
import { describe, expect, test } from "vitest";
import { printReadable, readableLine } from "../../../cli/print/log-lines.ts";

const plain = picocolors.createColors(false);
const read = (line: string): string => readableLine(line, plain);

/** What pino writes for this. */
function logged(act: (logger: pino.Logger) => void): string {
  const lines: string[] = [];
  act(pino({ name: "shop", level: "debug" }, { write: (line) => void lines.push(line.trimEnd()) }));
  return lines.join("\n");
}

describe("a line of a log", () => {
  test("is its time of day, its level, what happened and to what", () => {
    const line = logged((logger) => logger.info({ runId: "01K", function: "order", partitions: [0, 1], shelf: 7 }, "reserved"));
    expect(read(line)).toMatch(/^\d\d:\d\d:\d\d\.\d{3} info  reserved runId=01K function=order partitions=0,1 shelf=7$/);
  });

  test("with an error has its stack below", () => {
    const [first, second, ...rest] = read(
      logged((logger) => logger.error({ err: new Error("no broker"), code: "LOG_UNAVAILABLE" }, "stopped")),
    ).split("\n");
    expect(first).toMatch(/ error stopped code=LOG_UNAVAILABLE$/);
    expect(second).toBe("    Error: no broker");
    expect(rest.length).toBeGreaterThan(1);
  });

  test.each(["warn", "debug"] as const)("has its level: %s", (level) => {
    expect(read(logged((logger) => logger[level]("hm")))).toMatch(new RegExp(` ${level.padEnd(5)} hm$`));
  });

  test("that moves the cursor does not", () => {
    expect(read(logged((logger) => logger.info({ key: "\u001b[2J" }, "line\nbreak")))).toMatch(/line break key=\\u001b\[2J$/);
  });
});

test.each(["hello", "", '{"level":30}', '{"level":"30","time":1}', '{"level":30,"time":"soon"}', "{broken", "[1]", '{"json":true}'])(
  "what is no line of a log stays as it is: %s",
  (line) => expect(read(line)).toBe(line),
);

test("a process' lines come one by one, the last without its end as well", async () => {
  const output = new PassThrough();
  const input = new PassThrough();
  const printed = printReadable(input, output);
  input.write("first\nsec");
  input.write('ond\n{"level":40,"time":0,"msg":"third"}\n');
  input.end("fourth");
  await printed;
  expect((output.read() as Buffer).toString()).toMatch(/^first\nsecond\n\S+ warn  third\nfourth\n$/);
});
