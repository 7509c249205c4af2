// A continuous workload over all partitions of an app, worker processes to roll or kill, and the journals as they tell what was done when.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import pino from "pino";
import { decodeEntry } from "../engine/journal/entry.ts";
import { LogError } from "../engine/log/errors.ts";
import type { Log } from "../engine/log/log.ts";
import { Millrace } from "../engine/sdk/millrace.ts";
import { openLog } from "../engine/sdk/open-log.ts";
import { appTopics } from "../engine/task/app-topics.ts";
import { writeHistory } from "../test/support/long-history.ts";
import type { BenchLog } from "./bench-log.ts";
import { keysFor } from "./partition-keys.ts";
import type { SteadySettings } from "./steady-worker.ts";

const STEP_MS = 5;

export interface SteadyLoadOptions {
  readonly log: BenchLog;
  readonly partitions: number;
  /** Between two events of a partition. */
  readonly everyMs: number;
  readonly standbys?: number;
  /** So many decisions stand in each journal before anything begins. */
  readonly history?: number;
}

/** A worker in a process of its own. */
export interface SteadyWorker {
  readonly pid: number;
  /** In good order. */
  stop(): Promise<void>;
  kill9(): Promise<void>;
}

/** What one partition's journal says, by the log's time in milliseconds. */
export interface PartitionStory {
  /** When steps were recorded. */
  readonly completions: number[];
  /** Claims that counted, with the name of the worker. */
  readonly claims: { readonly at: number; readonly worker: string }[];
  epoch: number;
}

export class SteadyLoad implements AsyncDisposable {
  readonly stories: readonly PartitionStory[];
  readonly #settings: SteadySettings;
  readonly #log: Log;
  readonly #sender: Millrace;
  readonly #abort = new AbortController();
  readonly #sending: NodeJS.Timeout;

  private constructor(settings: SteadySettings, partitions: number, everyMs: number, log: Log, sender: Millrace) {
    this.#settings = settings;
    this.#log = log;
    this.#sender = sender;
    this.stories = Array.from({ length: partitions }, () => ({ completions: [], claims: [], epoch: -1 }));
    const { journal } = appTopics(settings.app.id);
    for (const [partition, story] of this.stories.entries()) void this.#follow(journal, partition, story);
    const keys = keysFor(partitions);
    this.#sending = setInterval(() => {
      sender.send(keys.map((key) => ({ name: "bench/tick", data: null, key }))).catch((error: unknown) => {
        if (!this.#abort.signal.aborted) throw error;
      });
    }, everyMs);
  }

  /** An event a partition every so often, from now on. */
  static async begin({ log, partitions, everyMs, standbys = 0, history = 0 }: SteadyLoadOptions): Promise<SteadyLoad> {
    const settings = { app: { id: log.unique, log: log.options, partitions, standbys }, stepMs: STEP_MS };
    const logger = pino({ level: "warn" }, pino.destination(2));
    const sender = new Millrace({ ...settings.app, logger });
    await sender.send([]); // makes the topics
    const opened = await openLog(log.options, logger, new AbortController().signal);
    for (let partition = 0; partition < (history === 0 ? 0 : partitions); partition++) {
      await writeHistory(opened, { topic: appTopics(log.unique).journal, partition }, { decisions: history, openRuns: 0 });
    }
    return new SteadyLoad(settings, partitions, everyMs, opened, sender);
  }

  /** Resolves when it takes part. */
  async hire(): Promise<SteadyWorker> {
    const child = fork(new URL("./steady-worker.ts", import.meta.url), [JSON.stringify(this.#settings)], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const gone = once(child, "exit");
    await Promise.race([once(child, "message"), gone.then(() => Promise.reject(new Error("a worker ended before it had started")))]);
    return {
      pid: must(child),
      stop: async () => {
        child.send("stop");
        await gone;
      },
      kill9: async () => {
        child.kill("SIGKILL");
        await gone;
      },
    };
  }

  /** Partitions of a worker, as their journals have it. */
  ownedBy({ pid }: SteadyWorker): readonly number[] {
    return this.stories.flatMap(({ claims }, partition) => (claims.at(-1)?.worker.includes(`-${pid}-`) === true ? [partition] : []));
  }

  /** Every worker has its share. */
  async shared(workers: readonly SteadyWorker[]): Promise<void> {
    const least = Math.floor(this.stories.length / workers.length);
    while (!workers.every((worker) => this.ownedBy(worker).length >= least)) await sleep(100);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#sending);
    this.#abort.abort();
    await this.#sender.stop();
    await this.#log.close();
  }

  async #follow(topic: string, partition: number, story: PartitionStory): Promise<void> {
    const reader = this.#log.openReader({ topic, partition, from: 0 });
    try {
      while (!this.#abort.signal.aborted) {
        for (const { offset, timestamp, value } of (await reader.next()).records) {
          const entry = decodeEntry(value);
          if (entry.kind === "claim" && entry.claim.replaces === story.epoch) {
            story.epoch = offset;
            story.claims.push({ at: timestamp, worker: entry.claim.worker });
          } else if (entry.kind === "frame" && entry.frame.epoch === story.epoch) {
            if (entry.frame.records.some(({ type }) => type === "StepCompleted")) story.completions.push(timestamp);
          }
        }
      }
    } catch (error) {
      if (!(error instanceof LogError && error.code === "LOG_CLOSED")) throw error;
    }
  }
}

export interface Gap {
  readonly partition: number;
  readonly from: number;
  readonly ms: number;
}

/** The longest time between two completions of a partition, of those that touch the span. */
export function longestGap(partition: number, story: PartitionStory | undefined, from: number, to: number): Gap {
  const { completions = [] } = story ?? {};
  let longest = { partition, from, ms: 0 };
  for (let n = 1; n < completions.length; n++) {
    const [a = 0, b = 0] = [completions[n - 1], completions[n]];
    if (b >= from && a <= to && b - a > longest.ms) longest = { partition, from: a, ms: b - a };
  }
  return longest;
}

function must({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error("a worker could not be started");
  return pid;
}
