// The story: orders are invoiced with a bug, the bug is fixed, a dry run says whom it hit.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { DryRunReport } from "../../../engine/replay/dry-run/report.ts";
import { embeddedStage } from "../../stage/embedded.ts";
import { kafkaStage } from "../../stage/kafka.ts";
import { figures, Narrator, pad } from "../../stage/narrator.ts";
import { until } from "../../stage/until.ts";
import { APP_ID, createApp, type Place } from "../app.ts";
import { Books } from "../books.ts";
import { vatWithBug } from "../vat-with-bug.ts";
import { millrace } from "./command.ts";
import { isAtTheLimit, orders, type Order } from "./orders.ts";

const TODAY = fileURLToPath(new URL("../today.ts", import.meta.url));
const SPAN = ["--function", "invoice", "--since", "beginning"];
const SENT_TOGETHER = 500;

export async function perform({ count, onKafka }: { readonly count: number; readonly onKafka: boolean }): Promise<number> {
  const narrator = new Narrator();
  narrator.title(`Replay after a bug fix, ${onKafka ? "on Kafka" : "on the embedded log"}`);
  const folder = await mkdtemp(path.join(tmpdir(), "millrace-demo-"));
  try {
    await using stage = onKafka ? await kafkaStage(APP_ID, narrator) : embeddedStage(folder);
    return await play({ narrator, place: { folder, log: stage.log }, placed: orders(count) });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Scene {
  readonly narrator: Narrator;
  readonly place: Place;
  readonly placed: readonly Order[];
}

async function play(scene: Scene): Promise<number> {
  const { narrator, place } = scene;
  using books = Books.open(path.join(place.folder, "books.db"));
  await aMonth(scene, books);
  const before = books.totals();

  narrator.heading("A customer complains. The bug is one character, in a step that is declared pure:\n");
  process.stdout.write("      - const rate = net < SMALL ? REDUCED : STANDARD;\n      + const rate = net <= SMALL ? REDUCED : STANDARD;\n");

  narrator.heading("Whom did it hit? Nothing is executed to find out, and nothing written:\n");
  const dry = await told(place, ["replay", "examples/replay-after-bug-fix/today.ts", ...SPAN, "--dry-run", "--examples", "2"]);
  const report = await reportOf(place);

  return prove(scene, { before, after: books.totals(), code: dry, report });
}

/** Invoices by the code with the bug. */
async function aMonth({ narrator, place, placed }: Scene, books: Books): Promise<void> {
  const app = createApp(place, vatWithBug);
  await app.start();
  narrator.say("shop", `${placed.length} orders come in, and are invoiced`);
  const count = (): void => narrator.count(figures(books.count / placed.length, [`${pad(books.count, placed.length)} booked`]));
  for (let sent = 0; sent < placed.length; sent += SENT_TOGETHER) {
    await app.send(
      placed.slice(sent, sent + SENT_TOGETHER).map((data) => ({ name: "order/placed" as const, data, key: data.order, id: data.order })),
    );
    count();
  }
  await until(() => {
    count();
    return books.count === placed.length;
  });
  narrator.settle(figures(1, [`${books.count} booked`]));
  await app.stop();
}

/** Says what the command says, as a terminal would show it. Returns its exit code. */
async function told(place: Place, args: readonly string[]): Promise<number | null> {
  process.stdout.write(`  $ millrace ${args.join(" ")}\n\n`);
  const { code, out, error } = await millrace(
    place,
    args.map((arg) => (arg.endsWith("today.ts") ? TODAY : arg)),
  );
  process.stdout.write(`${(out + error).trimEnd().replaceAll(/^(?=.)/gm, "    ")}\n`);
  return code;
}

async function reportOf(place: Place): Promise<DryRunReport> {
  const { out } = await millrace(place, ["replay", TODAY, ...SPAN, "--dry-run", "--json"]);
  return JSON.parse(out) as DryRunReport;
}

interface Evidence {
  readonly before: ReturnType<Books["totals"]>;
  readonly after: ReturnType<Books["totals"]>;
  readonly code: number | null;
  readonly report: DryRunReport;
}

function prove({ narrator, placed }: Scene, { before, after, code, report }: Evidence): number {
  const hit = placed.filter(isAtTheLimit).map(({ order }) => order);
  const found = report.runs.map(({ event }) => event.id).toSorted();
  const isFound = found.length === hit.length && found.every((order, index) => order === hit[index]);
  const isUntouched = [...before].every(([order, { total }]) => after.get(order)?.total === total && after.get(order)?.times === 1);
  const findings = [
    { holds: isFound && code === 3, text: `the dry run names ${found.length} of ${placed.length} orders: exactly those of 150.00` },
    {
      holds: report.runs.every(({ verdict, step }) => verdict === "different-result" && step === "vat#0"),
      text: 'for each of them it names the step, "vat", and what follows from it',
    },
    { holds: report.counts.same === placed.length - hit.length, text: `the other ${placed.length - hit.length} would be the same` },
    { holds: isUntouched, text: "no order was booked again to find that out" },
  ];
  narrator.heading("Is that so? By the orders and the books themselves:");
  for (const { holds, text } of findings) narrator.finding(holds, text);
  const isProved = findings.every(({ holds }) => holds);
  narrator.verdict(
    isProved,
    isProved ? `Whom a bug hit is a question with an answer. ${narrator.elapsed}` : "That is not as it should be.",
  );
  return isProved ? 0 : 1;
}
