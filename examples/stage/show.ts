// What every demo is: a stage is put up, the play is played, the findings are read out, and the stage is taken down, whatever came between.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { embeddedStage } from "./embedded.ts";
import type { Finding } from "./finding.ts";
import { INTERRUPTED, interruption } from "./interruption.ts";
import { kafkaStage } from "./kafka.ts";
import { Narrator } from "./narrator.ts";
import { startServices, type ServicesProcess } from "./services-process.ts";
import type { Stage } from "./stage.ts";

export interface Show {
  title(place: string): string;
  readonly appId: string;
  /** A script that calls `serve`, and what to say of it. */
  readonly services: { readonly script: string; readonly news: string };
  play(props: Props): Promise<Outcome>;
  /** Read out over the findings, and under them when all hold. */
  readonly heading: string;
  readonly moral: string;
}

export interface Props {
  readonly stage: Stage;
  readonly services: ServicesProcess;
  readonly folder: string;
  readonly narrator: Narrator;
  readonly cleanUp: AsyncDisposableStack;
}

export interface Outcome {
  readonly findings: readonly Finding[];
  /** What the engine had to say, for people who look into a failure. */
  readonly logs: string;
}

/** On Kafka with `--kafka`, else on the embedded log. Sets the exit code. */
export async function perform(show: Show): Promise<void> {
  const code = await raise(show, process.argv.includes("--kafka"));
  // What was still on its way up when Ctrl-C came must not keep this process.
  if (code === INTERRUPTED) process.exit(code);
  process.exitCode = code;
}

async function raise(show: Show, onKafka: boolean): Promise<number> {
  const narrator = new Narrator();
  narrator.title(show.title(onKafka ? "with three workers on Kafka" : "on the embedded log"));
  await using cleanUp = new AsyncDisposableStack();
  try {
    return await Promise.race([present(show, onKafka, narrator, cleanUp), interruption()]);
  } catch (error) {
    narrator.verdict(false, error instanceof Error ? error.message : String(error));
    return 1;
  }
}

async function present(show: Show, onKafka: boolean, narrator: Narrator, cleanUp: AsyncDisposableStack): Promise<number> {
  const folder = await mkdtemp(path.join(tmpdir(), "millrace-demo-"));
  cleanUp.defer(() => rm(folder, { recursive: true, force: true }));
  const services = cleanUp.use(await startServices(show.services.script));
  narrator.say("services", show.services.news);
  const stage = cleanUp.use(onKafka ? await kafkaStage(show.appId, narrator) : embeddedStage(folder));

  const { findings, logs } = await show.play({ stage, services, folder, narrator, cleanUp });
  narrator.heading(show.heading);
  for (const { holds, text } of findings) narrator.finding(holds, text);
  const good = findings.every(({ holds }) => holds !== false);
  if (!good) console.log(`\n${logs}`);
  narrator.verdict(good, good ? `${show.moral} ${narrator.elapsed}` : "That is not what was promised.");
  return good ? 0 : 1;
}
