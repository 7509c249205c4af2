// Kafka's own console tools, of the same jars as the broker: clients that are not ours, and not kafkajs.
import { spawn } from "node:child_process";
import { buffer, text } from "node:stream/consumers";
import { kafkaBrokers } from "./brokers.ts";
import { kafkaJars } from "./java.ts";

export interface ConsoleRecord {
  readonly key: string;
  /** Neither tab nor end of line in it, and Unicode as UTF-8: the producer reads lines. */
  readonly value: Buffer | null;
  /** One at least. */
  readonly headers: Readonly<Record<string, string>>;
}

const NULL = "(null)";

/** Produces with ConsoleProducer. */
export async function produceByJava(topic: string, records: readonly ConsoleRecord[]): Promise<void> {
  const lines = records.map(({ key, value, headers }) => {
    const head = Object.entries(headers).map(([name, header]) => `${name}=${header}`);
    const line = Buffer.concat([Buffer.from(`${head.join(";")}\t${key}\t`), value ?? Buffer.from(NULL), Buffer.from("\n")]);
    if (line.subarray(0, -1).includes("\n") || !Buffer.from(line.toString()).equals(line)) throw new Error("it is no line of text");
    return line;
  });
  const properties = ["parse.headers=true", "parse.key=true", "headers.separator=;", "headers.key.separator==", `null.marker=${NULL}`];
  await javaTool(
    "org.apache.kafka.tools.ConsoleProducer",
    ["--topic", topic, ...properties.flatMap((property) => ["--reader-property", property])],
    Buffer.concat(lines),
  );
}

/** Consumes so many records with ConsoleConsumer: headers, key and value of each, with tabs between them. The value may hold any bytes but ends of lines. */
export async function consumeByJava(topic: string, count: number): Promise<readonly { head: string; key: string; value: Buffer }[]> {
  const properties = ["print.headers=true", "print.key=true"];
  const wanted = ["--topic", topic, "--from-beginning", "--max-messages", String(count), "--timeout-ms", "60000"];
  const output = await javaTool("org.apache.kafka.tools.consumer.ConsoleConsumer", [
    ...wanted,
    ...properties.flatMap((property) => ["--formatter-property", property]),
  ]);
  return linesOf(output).map((line) => {
    const [first, second] = [line.indexOf("\t"), line.indexOf("\t", line.indexOf("\t") + 1)];
    return { head: line.subarray(0, first).toString(), key: line.subarray(first + 1, second).toString(), value: line.subarray(second + 1) };
  });
}

function linesOf(output: Buffer): readonly Buffer[] {
  const lines: Buffer[] = [];
  for (let from = 0, to = output.indexOf("\n"); to !== -1; from = to + 1, to = output.indexOf("\n", from))
    lines.push(output.subarray(from, to));
  return lines;
}

async function javaTool(name: string, options: readonly string[], input = Buffer.alloc(0)): Promise<Buffer> {
  const { classPath } = await kafkaJars(() => {});
  const brokers = kafkaBrokers().join(",");
  const java = spawn("java", [
    "-XX:TieredStopAtLevel=1",
    "-Dfile.encoding=UTF-8",
    "-cp",
    classPath,
    name,
    "--bootstrap-server",
    brokers,
    ...options,
  ]);
  java.stdin.end(input);
  const said = text(java.stderr);
  const output = await buffer(java.stdout);
  const code = await new Promise<number | null>((resolve) => {
    if (java.exitCode !== null) resolve(java.exitCode);
    else java.once("close", resolve);
  });
  if (code !== 0) throw new Error(`${name} ended with ${code}: ${(await said).slice(0, 2_000)}`);
  return output;
}
