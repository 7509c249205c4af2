// A broker that is a JVM of ours.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { cp, mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";

import type { Broker } from "./broker.ts";
import { CACHE, type KafkaJars } from "./java.ts";
import { leash } from "./leash.ts";
import { untilServing } from "./probe.ts";
import { asProperties, brokerSettings, type NodePlan, type Settings } from "./settings.ts";

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;
const KEPT_LOGS = 40;

export interface JavaBrokerOptions {
  readonly jars: KafkaJars;
  readonly jvm: readonly string[];
  readonly node: NodePlan;
  readonly cluster: readonly NodePlan[];
  readonly settings: Settings;
  readonly folder: string;
  /** The folder goes when the broker is closed, or when we die. */
  readonly scratch: boolean;
  /** A folder that StorageTool formatted for this node. */
  readonly formatted: string;
}

/** Thrown by a start that lost the race for one of its ports: try again with others. */
export class PortTaken extends Error {
  override readonly name = "PortTaken";
}

type State = { status: "down" } | { status: "up" | "frozen"; process: ChildProcess; gone: Promise<void> };

export class JavaBroker implements Broker {
  readonly id: number;
  readonly address: string;
  readonly listenAddress: string;
  readonly log: string;
  readonly #options: JavaBrokerOptions;
  #state: State = { status: "down" };

  constructor(options: JavaBrokerOptions) {
    this.#options = options;
    this.id = options.node.id;
    this.address = options.node.advertised.client;
    this.listenAddress = options.node.listen.client;
    this.log = path.join(CACHE, "logs", `${new Date().toISOString().replaceAll(":", "-")}-${this.listenAddress.replace(":", "-")}.log`);
  }

  /** Starts the JVM. It serves later: see `serving`. */
  async launch(): Promise<void> {
    if (this.#state.status !== "down") throw new Error(`broker ${this.id} is ${this.#state.status} already`);
    const { folder, formatted, jars, jvm, node, cluster, settings } = this.#options;
    const data = path.join(folder, "data");
    if (!(await isFolder(data))) await cp(formatted, data, { recursive: true });
    const properties = path.join(folder, "server.properties");
    const logging = path.join(folder, "log4j2.properties");
    await writeFile(properties, asProperties(brokerSettings(node, cluster, data, settings)));
    await writeFile(logging, LOGGING);
    await pruneLogs(path.dirname(this.log));

    const output = openSync(this.log, "a");
    // A session of its own: Ctrl-C in the terminal is for us to handle, not for the broker.
    const child = spawn("java", [...jvm, `-Dlog4j2.configurationFile=${logging}`, "-cp", jars.classPath, "kafka.Kafka", properties], {
      stdio: ["ignore", output, output],
      cwd: folder,
      detached: true,
    });
    closeSync(output);
    if (child.pid === undefined) throw new Error("java could not be started");
    child.unref();
    const unleash = leash(child.pid, this.#options.scratch ? folder : null);
    const gone = once(child, "exit").then(() => {
      unleash();
      this.#state = { status: "down" };
    });
    this.#state = { status: "up", process: child, gone };
  }

  /** Resolves when the broker sees `count` live ones; rejects when it ended instead. */
  async serving(count: number): Promise<void> {
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, AbortSignal.timeout(START_TIMEOUT_MS)]);
    try {
      await Promise.race([untilServing(this.listenAddress, count, signal), this.#gone()]);
    } catch (error) {
      throw new Error(`broker ${this.id} did not serve within ${START_TIMEOUT_MS / 1_000} s; its log: ${this.log}`, { cause: error });
    } finally {
      over.abort();
    }
    if (!this.#isRunning()) throw this.#whyItEnded();
  }

  /** Resolves when the process has ended, whatever the cause. */
  async ended(): Promise<void> {
    // Launched unreferenced, so that a forgotten broker does not keep a script alive; who waits for its end does want that.
    if (this.#state.status !== "down") this.#state.process.ref();
    await this.#gone();
  }

  async kill9(): Promise<void> {
    await this.#end("SIGKILL");
  }

  async stop(): Promise<void> {
    await this.#end("SIGTERM");
  }

  async freeze(): Promise<void> {
    this.#signal("up", "SIGSTOP", "frozen");
  }

  async thaw(): Promise<void> {
    this.#signal("frozen", "SIGCONT", "up");
  }

  async restart(): Promise<void> {
    if (this.#state.status === "frozen") await this.kill9();
    await this.stop();
    await this.launch();
    await this.serving(1);
  }

  async close(): Promise<void> {
    if (this.#options.scratch) await this.kill9();
    else await this.stop();
    if (this.#options.scratch) await rm(this.#options.folder, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    if (this.#state.status === "down") return;
    const { process: child } = this.#state;
    if (signal === "SIGTERM" && this.#state.status === "frozen") await this.thaw();
    child.kill(signal);
    const patience = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await this.ended();
    clearTimeout(patience);
  }

  #signal(from: "up" | "frozen", signal: "SIGSTOP" | "SIGCONT", to: "up" | "frozen"): void {
    if (this.#state.status !== from) throw new Error(`broker ${this.id} is ${this.#state.status}, not ${from}`);
    this.#state.process.kill(signal);
    this.#state = { ...this.#state, status: to };
  }

  #isRunning(): boolean {
    return this.#state.status !== "down";
  }

  async #gone(): Promise<void> {
    if (this.#state.status !== "down") await this.#state.gone;
  }

  #whyItEnded(): Error {
    const said = existsSync(this.log) ? readFileSync(this.log, "utf8") : "";
    if (said.includes("Address already in use")) return new PortTaken(`a port of broker ${this.id} (${this.listenAddress}) is taken`);
    return new Error(`broker ${this.id} ended while starting; the end of its log ${this.log}:\n${said.slice(-2_000)}`);
  }
}

const LOGGING = `rootLogger.level=warn
rootLogger.appenderRef.a.ref=A
appender.a.type=Console
appender.a.name=A
appender.a.layout.type=PatternLayout
appender.a.layout.pattern=%d %p %c %m%n
`;

/** Logs outlive their broker, for failures; the oldest go. */
async function pruneLogs(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const names = (await readdir(folder)).toSorted();
  await Promise.all(names.slice(0, -KEPT_LOGS).map((name) => rm(path.join(folder, name), { force: true })));
}

async function isFolder(target: string): Promise<boolean> {
  return stat(target).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
