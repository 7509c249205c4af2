// The play in its acts: contacts are imported, the service that verifies them fails for a while, workers are killed, and the books are compared.
import path from "node:path";
import { parseArgs } from "node:util";
import { placeOf } from "../../../engine/workflow/flow/keys.ts";
import { Crew } from "../../stage/crew.ts";
import { countBy } from "../../stage/finding.ts";
import { isGoingOn, isQuiet, type Hearing } from "../../stage/going-on.ts";
import { readJournal } from "../../stage/journal.ts";
import type { OwnDigest } from "../../stage/messages.ts";
import { compareDigests } from "../../stage/rebuild.ts";
import type { Outcome, Props } from "../../stage/show.ts";
import { PARTITIONS } from "../../stage/stage.ts";
import { until } from "../../stage/until.ts";
import { VERIFY } from "../limits.ts";
import { contacts, HEAVY, TENANTS, type ContactEvent } from "./crowd.ts";
import { Heard } from "./heard.ts";
import { leftOver } from "./left-over.ts";
import { askedFor, Metering } from "./metering.ts";
import { pictureOf, verifiedOf } from "./picture.ts";
import { prove } from "./proof.ts";
import type { Told } from "./told.ts";

const CONTACTS = 20_000;
/** Events on their way to the log. */
const SENT_AT_ONCE = 500;
const OUTAGE_MS = 3_000;
/** What part is verified when the service begins to fail, and when a worker is killed. */
const FAILS_AT = 0.15;
const KILLS_AT = [0.3, 0.55, 0.8];

/** So many times, at the most. */
const DIGESTS_ASKED = 50;
/** Longer than anything is gathered for: a batch, a debounce, a session. */
const STILL_MS = 3_000;

/** @throws Error when the workers stop making progress, or one dies that was not killed */
export async function play({ stage, services, folder, narrator, cleanUp }: Props): Promise<Outcome> {
  const heard = new Heard();
  const script = path.join(import.meta.dirname, "worker.ts");
  const app = { servicesUrl: services.url, ...stage.log };
  const crew = cleanUp.use(new Crew<Told>({ script, app, folder, onTold: (told, at) => heard.hear(told, at) }));
  const hearing = (): Hearing<Told> => ({ crew, heardAt: heard.heardAt });
  const reach = (condition: () => boolean): Promise<void> => until(() => isGoingOn(hearing()) && condition());
  for (const worker of await Promise.all(Array.from({ length: stage.workers }, () => crew.hire()))) {
    narrator.say(worker.name, `process ${worker.pid} is at work`);
  }

  const crowd = contacts(howMany());
  const perTenant = countBy(crowd, ({ data }) => data.tenant);
  narrator.say("import", `${crowd.length} contacts of ${TENANTS} tenants, ${perTenant.get(HEAVY) ?? 0} of them of one alone`);
  narrator.say("services", `${VERIFY.atOnce} addresses at once are verified, and ${VERIFY.newPerSecond} new ones a second`);
  const metering = cleanUp.use(
    new Metering(services.url, (meter) => {
      const picture = pictureOf({ meter, heard, crowd: perTenant, kills: crew.deaths.size });
      narrator.count(picture.figures, picture.below);
    }),
  );
  const sending = send(crowd, (event) => stage.send(event, crew));
  sending.catch(() => {}); // awaited below
  const part = (): number => verifiedOf(metering.last) / crowd.length;

  await reach(() => part() >= FAILS_AT);
  await fetch(`${services.url}/outage`, { method: "POST", body: String(OUTAGE_MS) });
  narrator.alarm("services", `no address is verified for ${OUTAGE_MS / 1_000} s`);

  for (const killsAt of KILLS_AT) {
    await reach(() => part() >= killsAt);
    // Whose runs all share the limit: everybody else waits for its successor.
    const place = placeOf(PARTITIONS, "verify", "");
    const victim = crew.alive.find(({ running }) => running.includes(place)) ?? crew.alive.at(-1);
    if (victim === undefined) throw new Error("there is no worker to kill");
    const { openRuns } = victim;
    await crew.kill(victim);
    narrator.alarm("kill -9", `${victim.name} is gone in the middle of ${openRuns} runs`);
    await stage.recover({ crew, narrator, steps: () => heard.finishedAt.size });
    if (stage.kind === "kafka") {
      const joining = await crew.hire();
      // Others hand over to it what is its share.
      await reach(() => joining.running.length > 0 && crew.ownedPartitions === PARTITIONS);
      narrator.say("others", `are joined by ${joining.name}, which has ${joining.running.length} of ${PARTITIONS} partitions`);
    }
  }

  await sending;
  const isStill = (): boolean => isQuiet(hearing()) && performance.now() - heard.heardAt > STILL_MS;
  await reach(() => part() >= 1 && metering.last.rows >= crowd.length && isStill());
  narrator.settle(pictureOf({ meter: metering.last, heard, crowd: perTenant, kills: crew.deaths.size }).figures);
  metering[Symbol.dispose]();
  const digests = await allDigests(crew, reach);
  await crew.dismiss();

  const journal = `${stage.log.topicPrefix ?? ""}flow-control.journal`;
  const log = await stage.openLog();
  try {
    const [decisions, report, left] = await Promise.all([readJournal(log, journal), askedFor(services.url), leftOver(log, journal)]);
    const evidence = { crowd, decisions, report, finishedAt: heard.finishedAt, deaths: crew.deaths, left };
    return { findings: [...prove(evidence), await compareDigests(log, journal, digests)], logs: crew.logs };
  } finally {
    await log.close();
  }
}

/** Asked again where a partition was just being handed over. */
async function allDigests(crew: Crew<Told>, reach: (condition: () => boolean) => Promise<void>): Promise<readonly OwnDigest[]> {
  for (let left = DIGESTS_ASKED; ; left--) {
    await reach(() => crew.ownedPartitions === PARTITIONS);
    const digests = await crew.digests();
    if (left === 0 || new Set(digests.map(({ partition }) => partition)).size === PARTITIONS) return digests;
  }
}

function howMany(): number {
  const { values } = parseArgs({ options: { contacts: { type: "string", default: String(CONTACTS) } }, strict: false });
  return Number(values["contacts"]);
}

/** Resolves when the log has all of them. */
async function send(crowd: readonly ContactEvent[], one: (event: ContactEvent) => Promise<void>): Promise<void> {
  const waiting = crowd.values();
  const lane = async (): Promise<void> => {
    for (const event of waiting) await one(event);
  };
  await Promise.all(Array.from({ length: SENT_AT_ONCE }, lane));
}
