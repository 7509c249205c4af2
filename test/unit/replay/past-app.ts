// An app that has run on a log in memory, and the code that its runs are rehearsed with.
import pino from "pino";
import type { FunctionContext } from "../../../engine/execution/function.ts";
import { openEmbeddedLog, type EmbeddedLog } from "../../../engine/log/embedded/embedded-log.ts";
import { dryRun, type DryRunOptions } from "../../../engine/replay/dry-run/dry-run.ts";
import type { DryRunReport } from "../../../engine/replay/dry-run/report.ts";
import type { MillraceOptions } from "../../../engine/sdk/app-options.ts";
import { Millrace } from "../../../engine/sdk/millrace.ts";
import { appTopics } from "../../../engine/task/app-topics.ts";
import type { JournalRecord } from "../../../engine/workflow/records.ts";

export type Code = (context: FunctionContext) => unknown;
export const TOPICS = appTopics("app");
const ENDS = new Set(["RunCompleted", "RunFailed", "RunCancelled"]);

export interface PastOptions {
  readonly partitions?: number;
  readonly retries?: number;
  readonly timeouts?: { readonly finish: string };
  /** Further options of the function. */
  readonly function?: Partial<Parameters<Millrace["createFunction"]>[0]>;
  /** Data of the events that start runs. Default: one, null. */
  readonly data?: readonly unknown[];
  /** Of these events: then the app is erasable. */
  readonly subjects?: readonly string[];
  /** Schemas of its events. */
  readonly events?: NonNullable<MillraceOptions["events"]>;
  /** Further functions. */
  readonly others?: Readonly<Record<string, Code>>;
  /** Beside starting it. */
  readonly meanwhile?: (app: Millrace) => Promise<unknown>;
  /** The past ends when so many records were like this. Default: as many ends of runs as there are events. */
  readonly until?: { readonly count: number; readonly like: (record: JournalRecord) => boolean };
}

export class Past implements AsyncDisposable {
  readonly log: EmbeddedLog;
  readonly #partitions: number;

  constructor(log: EmbeddedLog, partitions: number) {
    this.log = log;
    this.#partitions = partitions;
  }

  /** What today's code makes of it. Unless told otherwise it may not take long. */
  dryRun(code: Code, options: Partial<DryRunOptions> = {}): Promise<DryRunReport> {
    return dryRun({
      app: "app",
      log: this.log,
      journal: TOPICS.journal,
      partitions: this.#partitions,
      function: { id: "f", retries: 0, handler: code },
      graceMs: 20,
      limitMs: 2_000,
      ...options,
    });
  }

  /** Where it differs, of an app with one run. */
  async difference(code: Code, options: Partial<DryRunOptions> = {}): Promise<string> {
    const { runs } = await this.dryRun(code, options);
    return (
      runs.map(({ verdict, step, was, is }) => [verdict, step, was, is].filter((part) => part !== null).join(" ")).join("; ") || "same"
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.log.close();
  }
}

/** Runs of `code`, the function `f`, by the event `go`. */
export async function past(code: Code, options: PastOptions = {}): Promise<Past> {
  const { partitions = 1, retries = 0, timeouts, data = [null], others = {}, meanwhile, until, function: more, events, subjects } = options;
  const { count, like } = until ?? { count: data.length, like: ({ type }: JournalRecord) => ENDS.has(type) };
  const log = await openEmbeddedLog({ path: ":memory:" });
  const over = Promise.withResolvers<void>();
  let seen = 0;
  const app = new Millrace(
    {
      id: "app",
      partitions,
      logger: pino({ level: "silent" }),
      stopGraceMs: 0,
      erasable: subjects !== undefined,
      ...(events === undefined ? {} : { events }),
    },
    {
      log,
      divergenceGraceMs: 5,
      random: () => 0,
      onFrame: (_, { records }) => {
        seen += records.filter(like).length;
        if (seen >= count) over.resolve();
      },
    },
  );
  app.createFunction({ id: "f", triggers: [{ event: "go" }], retries, ...(timeouts === undefined ? {} : { timeouts }), ...more }, code);
  for (const [id, other] of Object.entries(others)) app.createFunction({ id, triggers: [] }, other);
  await app.start();
  await app.send(data.map((one, n) => ({ name: "go", data: one, key: `k${n}`, id: `e${n}`, ...subjectOf(subjects?.[n]) })));
  await meanwhile?.(app);
  await over.promise;
  await app.stop();
  return new Past(log, partitions);
}

function subjectOf(subject: string | undefined): { readonly subject?: string } {
  return subject === undefined ? {} : { subject };
}
