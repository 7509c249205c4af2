// Apicurio in a container, where a container runtime answers.
import { GenericContainer, getContainerRuntimeClient, type StartedTestContainer, Wait } from "testcontainers";

import { KafkaUnavailable, type Say } from "../kafka/broker.ts";
import { freePorts } from "../kafka/ports.ts";
import { CCOMPAT_PATH, type RegistryServer, untilAnswering } from "./registry-server.ts";

const IMAGE = "apicurio/apicurio-registry:3.0.9";
const PORT = 8080;
const START_TIMEOUT_MS = 120_000;

/** @throws KafkaUnavailable where no container runtime answers. */
export async function startRegistryContainer(say: Say): Promise<RegistryServer> {
  try {
    await getContainerRuntimeClient();
  } catch (cause) {
    throw new KafkaUnavailable(`no container runtime answers (${cause instanceof Error ? cause.message : String(cause)})`, { cause });
  }
  say(`Starting ${IMAGE} in a container …`);
  const [host] = await freePorts(1);
  if (host === undefined) throw new Error("no free port");
  const container = await new GenericContainer(IMAGE)
    .withExposedPorts({ container: PORT, host })
    // On disk and at once, so that it is there after a kill.
    .withEnvironment({ APICURIO_DATASOURCE_URL: "jdbc:h2:file:/tmp/registry;WRITE_DELAY=0" })
    .withWaitStrategy(Wait.forListeningPorts())
    .withStartupTimeout(START_TIMEOUT_MS)
    .start();
  const server = new ContainerRegistry(container, `http://127.0.0.1:${host}${CCOMPAT_PATH}`);
  await untilAnswering(server.url);
  return server;
}

class ContainerRegistry implements RegistryServer {
  readonly url: string;
  readonly log: string;
  readonly #container: StartedTestContainer;
  #closed = false;

  constructor(container: StartedTestContainer, url: string) {
    this.#container = container;
    this.url = url;
    this.log = `container ${container.getName()}`;
  }

  async kill9(): Promise<void> {
    const handle = await this.#handle();
    await handle.kill({ signal: "SIGKILL" });
    await handle.wait();
  }

  async freeze(): Promise<void> {
    await (await this.#handle()).pause();
  }

  async thaw(): Promise<void> {
    await (await this.#handle()).unpause();
  }

  async restart(): Promise<void> {
    await (await this.#handle()).start();
    await untilAnswering(this.url);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#container.stop({ timeout: 0 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #handle(): Promise<ContainerHandle> {
    return (await getContainerRuntimeClient()).container.getById(this.#container.getId());
  }
}

type ContainerHandle = ReturnType<Awaited<ReturnType<typeof getContainerRuntimeClient>>["container"]["getById"]>;
