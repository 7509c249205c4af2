// npm run demo: the sign-up service at work, its worker killed half-way, and the proof that nothing was lost and nothing finished ran again.
//   npm run demo              one worker at a time on the embedded log: needs nothing but Node
//   npm run demo -- --kafka   three workers on a real Kafka broker
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { embeddedStage } from "./demo/embedded.ts";
import { kafkaStage } from "./demo/kafka.ts";
import { Narrator } from "./demo/narrator.ts";
import { play } from "./demo/play.ts";
import { startServices } from "./demo/services-process.ts";

const INTERRUPTED = 130;

const code = await main(process.argv.includes("--kafka"));
// What was still on its way up when Ctrl-C came must not keep this process.
if (code === INTERRUPTED) process.exit(code);
process.exitCode = code;

async function main(onKafka: boolean): Promise<number> {
  const narrator = new Narrator();
  narrator.title(`A sign-up service ${onKafka ? "with three workers on Kafka" : "on the embedded log"}, and a kill -9 half-way`);
  await using cleanUp = new AsyncDisposableStack();
  try {
    return await Promise.race([show(onKafka, narrator, cleanUp), interruption()]);
  } catch (error) {
    narrator.verdict(false, error instanceof Error ? error.message : String(error));
    return 1;
  }
}

async function show(onKafka: boolean, narrator: Narrator, cleanUp: AsyncDisposableStack): Promise<number> {
  const folder = await mkdtemp(path.join(tmpdir(), "millrace-demo-"));
  cleanUp.defer(() => rm(folder, { recursive: true, force: true }));
  const services = cleanUp.use(await startServices());
  narrator.say("services", "users, mail and CRM are up: slow, and now and then they fail");
  const stage = cleanUp.use(onKafka ? await kafkaStage(narrator) : embeddedStage(folder));

  const { findings, logs } = await play({ stage, services, folder, narrator, cleanUp });
  narrator.heading("What the workers heard, what the journal says, what the services were asked:");
  for (const { holds, text } of findings) narrator.finding(holds, text);
  const good = findings.every(({ holds }) => holds !== false);
  if (!good) console.log(`\n${logs}`);
  narrator.verdict(
    good,
    good ? `Every run completed, and no finished step ran twice. ${narrator.elapsed}` : "That is not what was promised.",
  );
  return good ? 0 : 1;
}

/** Ctrl-C and its like end the show, but not its cleaning up; twice ends that too. */
function interruption(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  let isAsked = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (isAsked) process.exit(INTERRUPTED);
      isAsked = true;
      resolve(INTERRUPTED);
    });
  }
  return promise;
}
