// Apicurio as a JVM of ours: fetched and unpacked once, up in three seconds.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

import type { Say } from "../kafka/broker.ts";
import { CACHE, copyDependencies, javaVersion, makeOnce } from "../kafka/java.ts";
import { leash } from "../kafka/leash.ts";
import { freePorts } from "../kafka/ports.ts";
import { CCOMPAT_PATH, type RegistryServer, untilAnswering } from "./registry-server.ts";

const run = promisify(execFile);
const MAVEN = path.join(import.meta.dirname, "maven");
const PORT_RACES = 3;
const KEPT_LOGS = 20;
const JVM = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];

/** @throws KafkaUnavailable where Java or Maven is missing. */
export async function startJavaRegistry(say: Say): Promise<RegistryServer> {
  const home = await unpacked(say);
  for (let attempt = 1; ; attempt++) {
    const [port] = await freePorts(1);
    if (port === undefined) throw new Error("no free port");
    const server = new JavaRegistry(home, port, await mkdtemp(path.join(tmpdir(), "millrace-registry-")));
    try {
      await server.launch();
      return server;
    } catch (error) {
      await server.close();
      if (attempt === PORT_RACES || !(await readFile(server.log, "utf8")).includes("already bound")) throw error;
    }
  }
}

/** The folder with the runner. Changes with what our poms name. */
async function unpacked(say: Say): Promise<string> {
  await javaVersion();
  const key = createHash("sha256").update(await readFile(path.join(MAVEN, "app/pom.xml")));
  const home = path.join(CACHE, `registry-${key.digest("hex").slice(0, 12)}`);
  await makeOnce(home, async (unfinished) => {
    say("Fetching Apicurio Registry with Maven (once) …");
    const archives = `${unfinished}.archives`;
    try {
      await copyDependencies(path.join(MAVEN, "pom.xml"), archives, "Apicurio Registry");
      await mkdir(unfinished);
      for (const archive of await readdir(archives)) await run("tar", ["-xzf", path.join(archives, archive), "-C", unfinished]);
    } finally {
      await rm(archives, { recursive: true, force: true });
    }
  });
  return home;
}

type State = { status: "down" } | { status: "up"; process: ChildProcess; gone: Promise<void> };

class JavaRegistry implements RegistryServer {
  readonly url: string;
  readonly log: string;
  readonly #home: string;
  readonly #port: number;
  readonly #folder: string;
  #state: State = { status: "down" };

  constructor(home: string, port: number, folder: string) {
    this.#home = home;
    this.#port = port;
    this.#folder = folder;
    this.url = `http://127.0.0.1:${port}${CCOMPAT_PATH}`;
    this.log = path.join(CACHE, "registry-logs", `${new Date().toISOString().replaceAll(":", "-")}-${port}.log`);
  }

  /** Starts the JVM. Resolves when it serves. */
  async launch(): Promise<void> {
    await pruneLogs(path.dirname(this.log));
    const runner = (await readdir(this.#home)).find((name) => name.endsWith("-runner.jar"));
    if (runner === undefined) throw new Error(`no runner in ${this.#home}`);
    const settings = {
      "quarkus.http.host": "127.0.0.1",
      "quarkus.http.port": String(this.#port),
      "quarkus.http.access-log.enabled": "false",
      // On disk and at once, so that it is there after a kill.
      "apicurio.datasource.url": `jdbc:h2:file:${path.join(this.#folder, "registry")};WRITE_DELAY=0`,
    };
    const output = openSync(this.log, "a");
    const flags = Object.entries(settings).map(([name, value]) => `-D${name}=${value}`);
    const child = spawn("java", [...JVM, ...flags, "-jar", path.join(this.#home, runner)], {
      stdio: ["ignore", output, output],
      cwd: this.#folder,
      detached: true,
    });
    closeSync(output);
    if (child.pid === undefined) throw new Error("java could not be started");
    child.unref();
    const unleash = leash(child.pid, this.#folder);
    const gone = once(child, "exit").then(() => {
      unleash();
      this.#state = { status: "down" };
    });
    this.#state = { status: "up", process: child, gone };
    try {
      await untilAnswering(this.url, () => !this.#isUp());
    } catch (cause) {
      throw new Error(`the schema registry did not come up; its log: ${this.log}`, { cause });
    }
  }

  async kill9(): Promise<void> {
    if (this.#state.status === "down") return;
    const { process: child, gone } = this.#state;
    child.ref();
    child.kill("SIGKILL");
    await gone;
  }

  async freeze(): Promise<void> {
    this.#signal("SIGSTOP");
  }

  async thaw(): Promise<void> {
    this.#signal("SIGCONT");
  }

  async restart(): Promise<void> {
    await this.kill9();
    await this.launch();
  }

  async close(): Promise<void> {
    await this.kill9();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #isUp(): boolean {
    return this.#state.status === "up";
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#state.status === "down") throw new Error("the registry is down");
    this.#state.process.kill(signal);
  }
}

/** Logs outlive their registry, for failures; the oldest go. */
async function pruneLogs(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const names = (await readdir(folder)).toSorted();
  await Promise.all(names.slice(0, -KEPT_LOGS).map((name) => rm(path.join(folder, name), { force: true })));
}
