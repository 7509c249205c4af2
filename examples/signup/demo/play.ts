// The play in its acts: people sign up, a worker is killed half-way, work goes on, and the books are compared.
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Crew } from "../../stage/crew.ts";
import { isGoingOn, isQuiet } from "../../stage/going-on.ts";
import { readJournal } from "../../stage/journal.ts";
import type { Outcome, Props } from "../../stage/show.ts";
import { until } from "../../stage/until.ts";
import { figuresOf } from "./figures.ts";
import { Ledger } from "./ledger.ts";
import { signUps } from "./people.ts";
import { prove } from "./proof.ts";
import { toldBy, type Told } from "./told.ts";

const FUNCTIONS = ["sign-up", "crm"];
const STEPS_PER_SIGN_UP = 6;
const SIGN_UPS = { embedded: 100, kafka: 150 };
const SEND_EVERY_MS = 40;
const COUNT_EVERY_MS = 100;

/** @throws Error when the workers stop making progress, or one dies that was not killed */
export async function play({ stage, services, folder, narrator, cleanUp }: Props): Promise<Outcome> {
  const ledger = new Ledger();
  const script = path.join(import.meta.dirname, "worker.ts");
  const app = { servicesUrl: services.url, ...stage.log };
  const crew = cleanUp.use(new Crew<Told>({ script, app, folder, onTold: (told, at) => ledger.hear(told, at) }));
  const hearing = (): Parameters<typeof isGoingOn<Told>>[0] => ({ crew, heardAt: ledger.heardAt });
  const reach = (condition: () => boolean): Promise<void> => until(() => isGoingOn(hearing()) && condition());
  for (const worker of await Promise.all(Array.from({ length: stage.workers }, () => crew.hire()))) {
    narrator.say(worker.name, `process ${worker.pid} is at work`);
  }

  const crowd = signUps(SIGN_UPS[stage.kind]);
  const totals = { steps: crowd.length * STEPS_PER_SIGN_UP, runs: crowd.length * FUNCTIONS.length };
  narrator.say("events", `${crowd.length} people sign up, one every ${SEND_EVERY_MS} ms`);
  const counting = setInterval(() => narrator.count(figuresOf(ledger, totals)), COUNT_EVERY_MS);
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
  await stage.recover({ crew, narrator, steps: () => ledger.finishedAt.size });

  await sending;
  await reach(() => ledger.endedRuns.size === totals.runs || isQuiet(hearing()));
  clearInterval(counting);
  narrator.settle(figuresOf(ledger, totals));
  await crew.dismiss();

  const log = await stage.openLog();
  try {
    const decisions = await readJournal(log, `${stage.log.topicPrefix ?? ""}signup.journal`);
    const journal = decisions.flatMap(({ record }) => toldBy(record));
    const findings = prove({ functions: FUNCTIONS, ledger, journal, requests: await services.requests(), deaths: crew.deaths });
    return { findings, logs: crew.logs };
  } finally {
    await log.close();
  }
}
