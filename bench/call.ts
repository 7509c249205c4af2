// What `npm run bench` may be asked for: the cases, their options with what counts where nobody says anything, and both in words.
import { parseArgs } from "node:util";

const CASES = {
  "three-steps": "runs of three steps through the whole engine",
  "flow-concurrency": "the same under limits",
  backlog: "runs that wait for a slot: memory, joining and starting",
  fairness: "shares of tenants behind one limit",
  waits: "many runs that wait for an event of their own: how long one takes",
  sleeping: "many runs that sleep on one worker",
  consume: "a stateful consumer that catches up",
  project: "a journal into a run history",
  "history-lists": "lists, searches and counts of a large run history",
  "dry-run": "today's code over runs of the past",
  restore: "folding a journal into state",
  "restore-checkpoint": "opening a partition by its image",
  "append-limit": "the ceiling of the broker, by Kafka's own tool",
  produce: "sending, beside other producers",
  idle: "a worker that has nothing to do",
  handover: "workers that are rolled one by one",
  failover: "workers that are killed",
} as const;

export type Case = keyof typeof CASES;

const OPTIONS = {
  log: { type: "string", default: "embedded" },
  partitions: { type: "string", default: "8" },
  "in-flight": { type: "string" },
  runs: { type: "string" },
  fsync: { type: "string", default: "never" },
  producer: { type: "string", default: "worker" },
  codec: { type: "boolean", default: false },
  records: { type: "string", default: "1000000" },
  "open-waits": { type: "string", default: "100000" },
  events: { type: "string", default: "1000" },
  keyed: { type: "boolean", default: false },
  "held-by": { type: "string", default: "concurrency" },
  keys: { type: "string", default: "100" },
  seconds: { type: "string", default: "10" },
  compression: { type: "string", default: "none" },
  only: { type: "string", default: "all" },
  workers: { type: "string", default: "2" },
  rounds: { type: "string" },
  standbys: { type: "string", default: "0" },
  history: { type: "string", default: "0" },
  "session-ms": { type: "string", default: "6000" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** Values it takes, and of which cases it is. */
const TAKES: Readonly<Record<keyof typeof OPTIONS, string>> = {
  log: "kafka|embedded",
  partitions: "N",
  "in-flight": "N: three-steps (64), flow-concurrency (400)",
  runs: "N: by case: see bench/README.md",
  fsync: "always|never: three-steps, waits, flow-concurrency",
  producer: "worker|separate: three-steps",
  codec: "three-steps: all that is written is encrypted",
  records: "N: restore, restore-checkpoint, project, append-limit",
  "open-waits": "N: waits",
  events: "N: waits: how many are sent",
  keyed: "waits: events come to where their waits are decided",
  "held-by": "concurrency|pause: backlog",
  keys: "N: flow-concurrency, consume",
  seconds: "N: idle, produce",
  compression: "none|zstd: produce",
  only: "all|ours: produce",
  workers: "N: handover, failover",
  rounds: "N: handover, failover, produce (2), flow-concurrency (4)",
  standbys: "0|1: failover",
  history: "N: handover, failover: decisions before",
  "session-ms": "N: failover",
  json: "the line of JSON alone",
  help: "this",
};

type Parsed = ReturnType<typeof parsed>;

/** `problem`: what is wrong with a call; null where somebody asks what there is. */
export type Call =
  | { readonly kind: "case"; readonly name: Case; readonly values: Parsed["values"] }
  | { readonly kind: "usage"; readonly problem: string | null };

/** `args`: behind `npm run bench --`. */
export function callOf(args: readonly string[]): Call {
  let call: Parsed;
  try {
    call = parsed(args);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { kind: "usage", problem: error.message };
  }
  const [name = "three-steps"] = call.positionals;
  if (call.values.help) return { kind: "usage", problem: null };
  if (!isCase(name)) return { kind: "usage", problem: `there is no case "${name}"` };
  return { kind: "case", name, values: call.values };
}

export function usage(): string {
  const cases = Object.entries(CASES).map(([name, says]) => `  ${name.padEnd(20)}${says}`);
  const options = Object.entries(OPTIONS).map(([name, option]) => {
    const counts = "default" in option && typeof option.default === "string" ? ` (default: ${option.default})` : "";
    return `  --${name.padEnd(18)}${TAKES[name as keyof typeof OPTIONS]}${counts}`;
  });
  return ["npm run bench -- [case] [options]", "", "Cases:", ...cases, "", "Options:", ...options, ""].join("\n");
}

function parsed(args: readonly string[]) {
  return parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
}

function isCase(name: string): name is Case {
  return Object.hasOwn(CASES, name);
}
