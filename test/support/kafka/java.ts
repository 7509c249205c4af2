// Java, Maven, and the jars of a broker.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

import { KafkaUnavailable, type Say } from "./broker.ts";

const run = promisify(execFile);
const HERE = import.meta.dirname;

/** Everything made once and used by every broker after: jars, formatted folders, a class archive, logs. */
export const CACHE = path.resolve(HERE, "../../../node_modules/.cache/millrace-kafka");

export interface KafkaJars {
  /** Changes with the Kafka version, Java, and our pom: what is made from the jars belongs in here. */
  readonly home: string;
  readonly classPath: string;
}

export async function kafkaJars(say: Say): Promise<KafkaJars> {
  const pom = path.join(HERE, "pom.xml");
  const java = await javaVersion();
  const key = createHash("sha256")
    .update(await readFile(pom))
    .update(java)
    .digest("hex");
  const home = path.join(CACHE, key.slice(0, 12));
  const jars = path.join(home, "jars");
  await makeOnce(jars, async (unfinished) => {
    say("Fetching Kafka's jars with Maven (once) …");
    await copyDependencies(pom, unfinished, "Kafka's jars");
  });
  return { home, classPath: `${jars}/*` };
}

/**
 * Makes a file or folder at most once across processes: made under another name, then renamed. Whoever comes second throws
 * away what it made.
 */
export async function makeOnce(target: string, make: (unfinished: string) => Promise<void>): Promise<void> {
  if (await exists(target)) return;
  const unfinished = `${target}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  await mkdir(path.dirname(target), { recursive: true });
  try {
    await make(unfinished);
    await rename(unfinished, target);
  } catch (error) {
    if (!(await exists(target))) throw error;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** @throws KafkaUnavailable */
export async function javaVersion(): Promise<string> {
  try {
    const { stderr } = await run("java", ["-version"]);
    const major = Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0);
    if (major >= 17) return stderr;
    throw new KafkaUnavailable(`Java ${major} is too old: Kafka 4 needs 17 or newer (Debian: apt install openjdk-17-jre-headless)`);
  } catch (error) {
    if (error instanceof KafkaUnavailable) throw error;
    throw new KafkaUnavailable(
      "java is not on the PATH: install Java 17 or newer (Debian: apt install openjdk-17-jre-headless; macOS: brew install openjdk)",
      { cause: error },
    );
  }
}

/** @throws KafkaUnavailable */
export async function copyDependencies(pom: string, folder: string, what: string): Promise<void> {
  try {
    await run("mvn", ["-q", "-B", "-f", pom, "-DincludeScope=runtime", `-DoutputDirectory=${folder}`, "dependency:copy-dependencies"], {
      maxBuffer: 64 << 20,
    });
  } catch (error) {
    if (isMissing(error)) {
      throw new KafkaUnavailable(
        `mvn is not on the PATH: install Maven, which fetches ${what} (Debian: apt install maven; macOS: brew install maven)`,
        {
          cause: error,
        },
      );
    }
    const said = error instanceof Error && "stdout" in error ? String(error.stdout) : String(error);
    throw new KafkaUnavailable(`Maven could not fetch ${what}:\n${said.trim().split("\n").slice(0, 8).join("\n")}`, { cause: error });
  }
}

async function exists(target: string): Promise<boolean> {
  return stat(target).then(
    () => true,
    () => false,
  );
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
