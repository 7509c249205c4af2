// The play in its acts: people sign up, a worker is killed half-way, work goes on, and the books are compared.
import { setTimeout as pause } from "node:timers/promises";
import { Crew } from "./crew.ts";
import { readJournal } from "./journal.ts";
import { Ledger } from "./ledger.ts";
import type { Narrator } from "./narrator.ts";
import { signUps } from "./people.ts";
import { prove, type Finding } from "./proof.ts";
import type { ServicesProcess } from "./services-process.ts";
import { PARTITIONS, type Stage } from "./stage.ts";
import { until } from "./until.ts";

const FUNCTIONS = ["sign-up", "crm"];
const STEPS_PER_SIGN_UP = 6;
const SEND_EVERY_MS = 40;
const COUNT_EVERY_MS = 100;
/** Nothing was heard for so long: nothing more will come. */
const QUIET_MS = 1_500;
const STALLED_MS = 20_000;

export interface PlayOptions {
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

/** @throws Error when the workers stop making progress, or one dies that was not killed */
export async function play({ stage, services, folder, narrator, cleanUp }: PlayOptions): Promise<Outcome> {
  const ledger = new Ledger();
  const app = { servicesUrl: services.url, partitions: PARTITIONS, ...stage.log };
  const crew = cleanUp.use(new Crew({ app, folder, onTold: (told, at) => ledger.hear(told, at) }));
  const reach = (condition: () => boolean): Promise<void> => until(() => isGoingOn(ledger, crew) && condition());
  for (const worker of await Promise.all(Array.from({ length: stage.workers }, () => crew.hire()))) {
    narrator.say(worker.name, `process ${worker.pid} is at work`);
  }

  const crowd = signUps(stage.signUps);
  const totals = { steps: crowd.length * STEPS_PER_SIGN_UP, runs: crowd.length * FUNCTIONS.length };
  narrator.say("events", `${crowd.length} people sign up, one every ${SEND_EVERY_MS} ms`);
  const counting = setInterval(() => narrator.count(ledger, totals), COUNT_EVERY_MS);
  cleanUp.defer(() => clearInterval(counting));
  const sending = Promise.all(
    crowd.map(async (event, index) => {
      await pause(index * SEND_EVERY_MS);
      await stage.send(event, crew);
      ledger.accepted.add(event.id);
    }),
  );
  sending.catch(() => {}); // awaited below

  await reach(() => ledger.finishedAt.size >= totals.steps / 2);
  const victim = crew.alive.at(-1);
  if (victim === undefined) throw new Error("there is no worker to kill");
  const { openRuns } = victim;
  await crew.kill(victim);
  narrator.alarm("kill -9", `${victim.name} is gone in the middle of ${openRuns} runs`);
  await stage.recover(crew, ledger, narrator);

  await sending;
  await reach(() => ledger.endedRuns.size === totals.runs || isQuiet(ledger, crew));
  clearInterval(counting);
  narrator.settle(ledger, totals);
  await crew.dismiss();

  const log = await stage.openLog();
  try {
    const journal = await readJournal(log, `${stage.log.topicPrefix ?? ""}signup.journal`);
    const findings = prove({ functions: FUNCTIONS, ledger, journal, requests: await services.requests(), deaths: crew.deaths });
    return { findings, logs: crew.logs };
  } finally {
    await log.close();
  }
}

/** What was acknowledged at the moment of a death may not have been told: then it is the end when nobody has anything left to do. */
function isQuiet(ledger: Ledger, crew: Crew): boolean {
  return performance.now() - ledger.heardAt > QUIET_MS && crew.ownedPartitions === PARTITIONS && crew.openRuns === 0;
}

/** @throws Error saying what is wrong */
function isGoingOn(ledger: Ledger, crew: Crew): true {
  for (const { name, log } of crew.fallen) throw new Error(`${name} ended by itself.\n${log}`);
  if (performance.now() - ledger.heardAt < STALLED_MS) return true;
  const { ownedPartitions, openRuns, logs } = crew;
  throw new Error(
    `Nothing happened for ${STALLED_MS / 1_000} s: ${ownedPartitions} of ${PARTITIONS} partitions are owned, ${openRuns} runs are open.\n${logs}`,
  );
}
