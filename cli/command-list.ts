// The commands of `millrace`, by what people want to do, each with examples.
import type { Command } from "commander";

type Define = (command: Command) => Command;

export interface ListedCommand {
  /** Loaded when it is called: none waits for what another one needs. */
  readonly load: () => Promise<Define>;
  readonly group: string;
  readonly examples: readonly string[];
}

const RUN = "Run an app:";
const SEND = "Send events, and see what comes of them:";
const MEND = "Step in:";
const PAST = "Change the past's outcome, or prove it:";
const SET = "Set up:";

export const COMMANDS: Readonly<Record<string, ListedCommand>> = {
  dev: of(RUN, async () => (await import("./dev.ts")).devCommand, ["millrace dev", "millrace dev src/app.ts --port 8300"]),
  start: of(RUN, async () => (await import("./start.ts")).startCommand, [
    "millrace start --tokens tokens.json --brokers kafka-1:9092",
    "millrace start --app shop --tokens tokens.json",
  ]),
  worker: of(RUN, async () => (await import("./worker.ts")).workerCommand, ["millrace worker src/app.ts --port 9100"]),
  send: of(SEND, async () => (await import("./send.ts")).sendCommand, [
    `millrace send order/placed --data '{"order":1}' --key customer-7`,
    "millrace send order/placed --data @order.json --id order-1",
    "millrace send --ndjson events.ndjson",
    "zcat orders.ndjson.gz | millrace send order/placed --ndjson -",
  ]),
  runs: of(SEND, async () => (await import("./runs.ts")).runsCommand, [
    "millrace runs list --status failed --since 2h",
    "millrace runs show 01K9ZC6Y",
    "millrace runs watch --function fulfil",
    `millrace runs rerun 01K9ZC6Y1N8XQ2B7V4T5M3RDEF --from charge#0 --output 'charge#0={"paid":true}'`,
    "millrace runs cancel --function fulfil --status running --yes",
  ]),
  events: of(SEND, async () => (await import("./events.ts")).eventsCommand, [
    "millrace events list --name order/placed --since 1h",
    "millrace events show shop.events/0/12",
  ]),
  functions: of(SEND, async () => (await import("./functions.ts")).functionsCommand, [
    "millrace functions list",
    "millrace functions pause fulfil --events skip",
  ]),
  consumers: of(SEND, async () => (await import("./consumers.ts")).consumersCommand, [
    "millrace consumers list",
    "millrace consumers pause search-index",
  ]),
  "dead-letter": of(MEND, async () => (await import("./dead-letter.ts")).deadLetterCommand, [
    "millrace dead-letter list --state open",
    "millrace dead-letter retry --code EVENT_SCHEMA_UNKNOWN --since 1d --yes",
  ]),
  cancel: of(MEND, async () => (await import("./run-commands.ts")).cancelRunCommand, [`millrace cancel 01K9ZC6Y --reason "ordered twice"`]),
  release: of(MEND, async () => (await import("./run-commands.ts")).releaseRunCommand, ["millrace release --status parked --yes"]),
  pause: of(MEND, async () => (await import("./function-commands.ts")).pauseFunctionCommand, ["millrace pause fulfil"]),
  resume: of(MEND, async () => (await import("./function-commands.ts")).resumeFunctionCommand, ["millrace resume fulfil"]),
  override: of(MEND, async () => (await import("./function-commands.ts")).overrideFunctionCommand, [
    "millrace override fulfil --app shop --concurrency 5 --for 30m",
  ]),
  operations: of(MEND, async () => (await import("./operations.ts")).operationsCommand, ["millrace operations list"]),
  doctor: of(MEND, async () => (await import("./doctor.ts")).doctorCommand, [
    "millrace doctor",
    "millrace doctor --app shop --brokers kafka-1:9092",
  ]),
  replay: of(PAST, async () => (await import("./replay.ts")).replayCommand, [
    `millrace replay app.ts --function fulfil --since "7 days" --dry-run`,
    `millrace replay app.ts --function fulfil --since "7 days" --apply`,
  ]),
  backfill: of(PAST, async () => (await import("./backfill.ts")).backfillCliCommand, [
    "millrace backfill --app shop --function loyalty --from beginning --rate 100/s --wait",
  ]),
  reconcile: of(PAST, async () => (await import("./reconcile.ts")).reconcileCommand, [
    "millrace reconcile app.ts --function fulfil --since 2h",
    "millrace reconcile app.ts --function fulfil --since 2h --start",
  ]),
  erase: of(PAST, async () => (await import("./erase.ts")).eraseCommand, [
    "millrace erase --subject customer-7",
    "millrace erase app.ts --subject customer-7 --yes",
  ]),
  verify: of(PAST, async () => (await import("./verify.ts")).verifyCommand, [
    "millrace verify --app shop --brokers kafka-1:9092 --require-live",
  ]),
  state: of(PAST, async () => (await import("./state.ts")).stateCommand, [`millrace state --app shop --at "2 hours"`]),
  journal: of(PAST, async () => (await import("./journal.ts")).journalCommand, ["millrace journal --app shop --partition 0 | jq ."]),
  history: of(PAST, async () => (await import("./history.ts")).historyCommand, ["millrace history --app shop --file history.db --once"]),
  config: of(SET, async () => (await import("./config.ts")).configCommand, ["millrace config app.ts"]),
  token: of(SET, async () => (await import("./token.ts")).tokenCommand, [
    "millrace token create ada --tokens tokens.json --scopes read,send",
  ]),
  topics: of(SET, async () => (await import("./topics.ts")).topicsCommand, ["millrace topics --app shop --partitions 8"]),
  schemas: of(SET, async () => (await import("./schemas.ts")).schemasCommand, ["millrace schemas check"]),
  outbox: of(SET, async () => (await import("./outbox.ts")).outboxCommand, ["millrace outbox sql"]),
  new: of(SET, async () => (await import("./new-consumer.ts")).newCommand, ["millrace new consumer search-index"]),
  upgrade: of(SET, async () => (await import("./upgrade.ts")).upgradeCommand, ["millrace upgrade status --app shop"]),
  completion: of(SET, async () => (await import("./completion.ts")).completionCommand, [
    "millrace completion bash > ~/.local/share/bash-completion/completions/millrace",
    "source <(millrace completion zsh)",
    "millrace completion fish > ~/.config/fish/completions/millrace.fish",
  ]),
};

function of(group: string, load: ListedCommand["load"], examples: readonly string[]): ListedCommand {
  return { group, load, examples };
}
