// Brokers in containers, where a container runtime answers.
import { GenericContainer, getContainerRuntimeClient, Network, type StartedNetwork, type StartedTestContainer, Wait } from "testcontainers";

import { type Broker, type BrokerOptions, type Heap, KafkaUnavailable } from "./broker.ts";
import { freePorts } from "./ports.ts";
import { splitAddress, untilServing } from "./probe.ts";
import { asEnvironment, brokerSettings, CLUSTER_ID, type NodePlan, type Settings } from "./settings.ts";

const IMAGE = "apache/kafka:4.3.1";
const START_TIMEOUT_MS = 120_000;
// Inside the container, beside the client's port, which is the same inside and out so that what is advertised is true for both.
const INTERNAL_PORT = 19_092;
const CONTROLLER_PORT = 19_093;
const DATA_FOLDER = "/tmp/kraft-combined-logs";

const HEAP: Readonly<Record<Heap, string>> = { tests: "-Xms128m -Xmx384m", benchmark: "-Xms1g -Xmx1g" };

/** @throws KafkaUnavailable where no container runtime answers. */
export async function startContainers(count: number, options: BrokerOptions): Promise<Broker[]> {
  if (options.folder !== undefined) throw new KafkaUnavailable("a broker in a container keeps no folder of this machine");
  await probeContainers();
  options.say?.(`Starting ${IMAGE} in a container …`);
  const network = await new Network().start();
  let open = count;
  const onClosed = async (): Promise<void> => {
    open -= 1;
    if (open === 0) await network.stop();
  };
  const plans = await planNodes(count, options);
  // All at once: no node serves before most of the quorum is there.
  const starts = await Promise.allSettled(
    plans.map(async (plan) => {
      const settings = brokerSettings(plan, plans, DATA_FOLDER, options.settings ?? {});
      return new ContainerBroker(plan, await startContainer(plan, settings, options.heap ?? "tests", network), onClosed);
    }),
  );
  const brokers = starts.flatMap((start) => (start.status === "fulfilled" ? [start.value] : []));
  try {
    for (const start of starts) if (start.status === "rejected") throw start.reason;
    await Promise.all(brokers.map((broker) => broker.serving(count)));
    return brokers;
  } catch (error) {
    await Promise.all(brokers.map((broker) => broker.close()));
    if (brokers.length < count) await network.stop();
    throw error;
  }
}

async function probeContainers(): Promise<void> {
  try {
    await getContainerRuntimeClient();
  } catch (error) {
    throw new KafkaUnavailable(`no container runtime answers (${error instanceof Error ? error.message : String(error)})`, {
      cause: error,
    });
  }
}

async function planNodes(count: number, options: BrokerOptions): Promise<NodePlan[]> {
  const free = await freePorts(count);
  return free.map((freePort, index) => {
    const port = options.port ?? freePort;
    const name = nodeName(index + 1);
    return {
      id: index + 1,
      listen: { client: `0.0.0.0:${port}`, internal: `0.0.0.0:${INTERNAL_PORT}`, controller: `0.0.0.0:${CONTROLLER_PORT}` },
      advertised: {
        client: `127.0.0.1:${options.advertisedPort ?? port}`,
        internal: `${name}:${INTERNAL_PORT}`,
        controller: `${name}:${CONTROLLER_PORT}`,
      },
    };
  });
}

async function startContainer(plan: NodePlan, settings: Settings, heap: Heap, network: StartedNetwork): Promise<StartedTestContainer> {
  const port = portOf(plan);
  return new GenericContainer(IMAGE)
    .withNetwork(network)
    .withNetworkAliases(nodeName(plan.id))
    .withExposedPorts({ container: port, host: port })
    .withEnvironment({ ...asEnvironment(settings), CLUSTER_ID, KAFKA_HEAP_OPTS: HEAP[heap] })
    .withWaitStrategy(Wait.forListeningPorts())
    .withStartupTimeout(START_TIMEOUT_MS)
    .start();
}

/** Faults by the runtime's own means: kill, pause, start. The data lives as long as the container. */
class ContainerBroker implements Broker {
  readonly id: number;
  readonly address: string;
  readonly listenAddress: string;
  readonly log: string;
  readonly #container: StartedTestContainer;
  readonly #onClosed: () => Promise<void>;
  #closed = false;

  constructor(plan: NodePlan, container: StartedTestContainer, onClosed: () => Promise<void>) {
    this.id = plan.id;
    this.address = plan.advertised.client;
    this.listenAddress = `127.0.0.1:${portOf(plan)}`;
    this.log = `container ${container.getName()}`;
    this.#container = container;
    this.#onClosed = onClosed;
  }

  async serving(count: number): Promise<void> {
    await untilServing(this.listenAddress, count, AbortSignal.timeout(START_TIMEOUT_MS));
  }

  async kill9(): Promise<void> {
    await (await this.#handle()).kill({ signal: "SIGKILL" });
    await (await this.#handle()).wait();
  }

  async stop(): Promise<void> {
    await (await this.#handle()).stop({ t: 20 });
  }

  async freeze(): Promise<void> {
    await (await this.#handle()).pause();
  }

  async thaw(): Promise<void> {
    await (await this.#handle()).unpause();
  }

  async restart(): Promise<void> {
    const handle = await this.#handle();
    const { State: state } = await handle.inspect();
    if (state.Paused) await handle.unpause();
    if (state.Running) await handle.kill({ signal: "SIGKILL" });
    await handle.start();
    await this.serving(1);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#container.stop({ timeout: 0 });
    await this.#onClosed();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #handle(): Promise<ContainerHandle> {
    return (await getContainerRuntimeClient()).container.getById(this.#container.getId());
  }
}

type ContainerHandle = ReturnType<Awaited<ReturnType<typeof getContainerRuntimeClient>>["container"]["getById"]>;

function nodeName(id: number): string {
  return `kafka-${id}`;
}

function portOf(plan: NodePlan): number {
  return splitAddress(plan.listen.client)[1];
}
