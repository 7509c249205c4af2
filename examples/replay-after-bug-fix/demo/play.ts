// The story: orders are invoiced with a bug, the bug is fixed, a dry run says whom it hit, and a re-run repairs those.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { DryRunReport } from "../../../engine/replay/dry-run/report.ts";
import { appTopics } from "../../../engine/task/app-topics.ts";
import { embeddedStage } from "../../stage/embedded.ts";
import { kafkaStage } from "../../stage/kafka.ts";
import { INTERRUPTED, interruption } from "../../stage/interruption.ts";
import { figures, Narrator, pad } from "../../stage/narrator.ts";
import type { Stage } from "../../stage/stage.ts";
import { until } from "../../stage/until.ts";
import { APP_ID, createApp, type Place } from "../app.ts";
import { Books } from "../books.ts";
import { vatOf } from "../vat.ts";
import { vatWithBug } from "../vat-with-bug.ts";
import { millrace } from "./command.ts";
import { toldInvoices, type ToldInvoice } from "./invoices.ts";
import { orders, type Order } from "./orders.ts";
import { findings } from "./proof.ts";

const TODAY = fileURLToPath(new URL("../today.ts", import.meta.url));
const INVOICE = ["replay", TODAY, "--function", "invoice"];
const DRY_RUN = [...INVOICE, "--since", "beginning", "--dry-run"];
const SENT_TOGETHER = 500;

export async function perform({ count, onKafka }: { readonly count: number; readonly onKafka: boolean }): Promise<number> {
  const narrator = new Narrator();
  narrator.title(`Replay after a bug fix, ${onKafka ? "on Kafka" : "on the embedded log"}`);
  const code = await raise(narrator, onKafka, orders(count));
  // What was still on its way when Ctrl-C came must not keep this process.
  if (code === INTERRUPTED) process.exit(code);
  return code;
}

async function raise(narrator: Narrator, onKafka: boolean, placed: readonly Order[]): Promise<number> {
  await using cleanUp = new AsyncDisposableStack();
  const folder = await mkdtemp(path.join(tmpdir(), "millrace-demo-"));
  cleanUp.defer(() => rm(folder, { recursive: true, force: true }));
  const present = async (): Promise<number> => {
    const stage = cleanUp.use(onKafka ? await kafkaStage(APP_ID, narrator) : embeddedStage(folder));
    return await play({ narrator, stage, place: { folder, log: stage.log }, placed });
  };
  return await Promise.race([present(), interruption()]);
}

interface Scene {
  readonly narrator: Narrator;
  readonly stage: Stage;
  readonly place: Place;
  readonly placed: readonly Order[];
}

async function play(scene: Scene): Promise<number> {
  const { narrator, place, placed } = scene;
  using books = Books.open(path.join(place.folder, "books.db"));
  await aMonth(scene, books);
  const before = books.totals();

  narrator.heading("A customer complains. The bug is one character, in a step that is declared pure:\n");
  print("      - const rate = net < SMALL ? REDUCED : STANDARD;\n      + const rate = net <= SMALL ? REDUCED : STANDARD;");

  narrator.heading("Whom did it hit? Nothing is executed to find out, and nothing written:\n");
  await tell(place, [...DRY_RUN, "--examples", "1"]);
  const report = await reportOf(place);
  const dry = books.totals();

  narrator.heading("Those are repaired, from the step that was wrong, and no others:\n");
  await repair(scene, books, report);
  const again = await reportOf(place);
  const evidence = {
    placed,
    report,
    again,
    books: [before, dry, books.totals()],
    numbers: books.numbers,
    told: await told(scene),
  } as const;

  narrator.heading("Is that so? By the orders, the books, and what accounting was told:");
  const found = findings(evidence);
  for (const { holds, text } of found) narrator.finding(holds, text);
  const isProved = found.every(({ holds }) => holds);
  narrator.verdict(isProved, isProved ? `A bug was fixed, also in the past. ${narrator.elapsed}` : "That is not as it should be.");
  return isProved ? 0 : 1;
}

/** Invoices by the code with the bug. */
async function aMonth({ narrator, place, placed }: Scene, books: Books): Promise<void> {
  const app = createApp(place, vatWithBug);
  await app.start();
  narrator.say("shop", `${placed.length} orders come in, and are invoiced`);
  const count = (): void => narrator.count(figures(books.count / placed.length, [`${pad(books.count, placed.length)} booked`]));
  for (let sent = 0; sent < placed.length; sent += SENT_TOGETHER) {
    const some = placed.slice(sent, sent + SENT_TOGETHER);
    await app.send(some.map((data) => ({ name: "order/placed" as const, data, key: data.order, id: data.order })));
    count();
  }
  await until(() => {
    count();
    return books.filedCount === placed.length;
  });
  narrator.settle(figures(1, [`${books.count} booked`]));
  await app.stop();
}

/** By a worker with the mended code. An embedded log has one process at a time: there it comes after the command. */
async function repair({ stage, place, placed }: Scene, books: Books, report: DryRunReport): Promise<void> {
  const found = path.join(place.folder, "found.json");
  await writeFile(found, JSON.stringify(report));
  const worker = createApp(place, vatOf);
  if (stage.kind === "kafka") await worker.start();
  await tell(place, [...INVOICE, "--report", found, "--apply", "--rate", "0", "--id", "vat-fix"]);
  if (stage.kind === "embedded") await worker.start();
  await until(() => books.filedCount >= placed.length + report.runs.length);
  await worker.stop();
}

async function told({ stage, place }: Scene): Promise<readonly ToldInvoice[]> {
  await using log = { opened: await stage.openLog(), [Symbol.asyncDispose]: () => log.opened.close() };
  return await toldInvoices(log.opened, appTopics((place.log.topicPrefix ?? "") + APP_ID).events);
}

async function reportOf(place: Place): Promise<DryRunReport> {
  const { out, error } = await millrace(place, [...DRY_RUN, "--json"]);
  if (out === "") throw new Error(error);
  return JSON.parse(out) as DryRunReport;
}

/** What the command says, as a terminal would show it. */
async function tell(place: Place, args: readonly string[]): Promise<void> {
  print(`  $ millrace ${args.map((arg) => (path.isAbsolute(arg) ? path.basename(arg) : arg)).join(" ")}\n`);
  const { out, error } = await millrace(place, args);
  print((error + out).trimEnd().replaceAll(/^(?=.)/gm, "    "));
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
