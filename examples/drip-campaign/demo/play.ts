// The play in its acts: guests sign up and book, or not; a worker is killed while most of them are waited for; work goes on, and the books are compared.
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { readArrivals } from "../../stage/arrivals.ts";
import { Crew } from "../../stage/crew.ts";
import { isGoingOn, isQuiet, type Hearing } from "../../stage/going-on.ts";
import { readJournal } from "../../stage/journal.ts";
import { compareDigests } from "../../stage/rebuild.ts";
import type { Outcome, Props } from "../../stage/show.ts";
import { until } from "../../stage/until.ts";
import { figuresOf } from "./figures.ts";
import { guests, type Guest, type GuestEvent } from "./guests.ts";
import { Ledger } from "./ledger.ts";
import { FIRST_BOOKING_MS, REPORT_EVERY_MS } from "./pace.ts";
import { prove } from "./proof.ts";
import { storiesOf } from "./story.ts";
import type { Told } from "./told.ts";

const GUESTS = 40;
const SIGN_UP_EVERY_MS = 150;
const COUNT_EVERY_MS = 100;

/** @throws Error when the workers stop making progress, or one dies that was not killed */
export async function play({ stage, services, folder, narrator, cleanUp }: Props): Promise<Outcome> {
  const ledger = new Ledger();
  const script = path.join(import.meta.dirname, "worker.ts");
  const app = { servicesUrl: services.url, ...stage.log };
  const crew = cleanUp.use(new Crew<Told>({ script, app, folder, onTold: (told, at) => ledger.hear(told, at) }));
  const hearing = (): Hearing<Told> => ({ crew, heardAt: ledger.heardAt });
  const reach = (condition: () => boolean): Promise<void> => until(() => isGoingOn(hearing()) && condition());
  for (const worker of await Promise.all(Array.from({ length: stage.workers }, () => crew.hire()))) {
    narrator.say(worker.name, `process ${worker.pid} is at work`);
  }

  const crowd = guests(GUESTS);
  narrator.say("guests", `${GUESTS} sign up, one every ${SIGN_UP_EVERY_MS} ms; each has ${FIRST_BOOKING_MS / 1_000} s to book`);
  narrator.say("cron", `a report is due every ${REPORT_EVERY_MS / 1_000} s`);
  const counting = setInterval(() => narrator.count(figuresOf(ledger, GUESTS)), COUNT_EVERY_MS);
  cleanUp.defer(() => clearInterval(counting));
  const living = live(crowd, (event) => stage.send(event, crew));
  living.catch(() => {}); // awaited below

  await reach(() => ledger.waited.size >= GUESTS / 2);
  const victim = crew.alive.at(-1);
  if (victim === undefined) throw new Error("there is no worker to kill");
  const { openRuns } = victim;
  await crew.kill(victim);
  const from = Date.now();
  narrator.alarm("kill -9", `${victim.name} is gone: ${openRuns} runs, most of them waiting, have no process`);
  await stage.recover({ crew, narrator, steps: () => ledger.finishedAt.size });
  const outage = { from, to: Date.now() };

  await living;
  await reach(() => isQuiet(hearing()));
  clearInterval(counting);
  narrator.settle(figuresOf(ledger, GUESTS));
  const digests = await crew.digests();
  const sentHomeAt = Date.now();
  await crew.dismiss();

  const topics = `${stage.log.topicPrefix ?? ""}drip-campaign`;
  const log = await stage.openLog();
  try {
    const [decisions, arrivals, requests] = await Promise.all([
      readJournal(log, `${topics}.journal`),
      readArrivals(log, `${topics}.events`),
      services.requests(),
    ]);
    const evidence = { guests: crowd, arrivals, stories: storiesOf(decisions), requests, ledger, deaths: crew.deaths, outage, sentHomeAt };
    const rebuilt = await compareDigests(log, `${topics}.journal`, digests);
    return { findings: [...prove(evidence), rebuilt], logs: crew.logs };
  } finally {
    await log.close();
  }
}

/** Resolves when the log has all that the guests do. */
async function live(crowd: readonly Guest[], send: (event: GuestEvent) => Promise<void>): Promise<void> {
  await Promise.all(
    crowd.map(async ({ signUp, next }, index) => {
      await pause(index * SIGN_UP_EVERY_MS);
      const signedUpAt = performance.now();
      await send(signUp);
      if (next === null) return;
      await pause(Math.max(0, next.afterMs - (performance.now() - signedUpAt)));
      await send(next.event);
    }),
  );
}
