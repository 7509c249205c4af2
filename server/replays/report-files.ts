// Reports of dry runs in a directory: for each a head, and its runs, a line of JSON each. A page is read from where it begins, so it costs no more
// than it shows, whatever the report's size. A file is there whole or not at all.
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { randomId } from "../../engine/core/ids.ts";
import type { DryRunReport, RunReport } from "../../engine/replay/dry-run/report.ts";
import type { Operation } from "../contract/operations.ts";
import type { DryRunBody } from "../contract/replays.ts";

/** All of a report but its runs. */
export type ReportHead = Omit<DryRunReport, "runs">;

export interface KeptReport {
  readonly operation: Operation;
  readonly request: DryRunBody;
  readonly head: ReportHead;
  /** Operations that applied it. */
  readonly applied: readonly string[];
}

/** Of its files: with the head, with the runs, and of either while it is written. */
const HEAD = ".json";
const RUNS = ".ndjson";
const PART = ".part";
const KEPT = 100;
const ID = /^[\w.-]{1,64}$/;
const NEWLINE = 10;
const LINES_BYTES = 64 * 1024;
/** What is not whole by then never will be: its process ended while it wrote. */
const LEFT_MS = 3_600_000;
/** What events carried is in reports, as it is in the history beside them: they are for their owner alone. */
const OWNERS_FILE = 0o600;
const OWNERS_DIRECTORY = 0o700;

export class ReportFiles {
  readonly #directory: string;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(directory: string) {
    this.#directory = directory;
  }

  runsFile(id: string): string {
    return path.join(this.#directory, `${id}${RUNS}`);
  }

  async prepare(): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: OWNERS_DIRECTORY });
  }

  /** Removes what is left of reports whose writing was cut off. Young files may be another server's, which is at it. Never rejects. */
  async tidy(now: number): Promise<void> {
    const names = await readdir(this.#directory).catch(() => []);
    const heads = new Set(names.filter((name) => name.endsWith(HEAD)));
    const isLeft = (name: string): boolean =>
      name.endsWith(PART) || (name.endsWith(RUNS) && !heads.has(name.slice(0, -RUNS.length) + HEAD));
    for (const name of names.filter(isLeft)) {
      const file = path.join(this.#directory, name);
      const { mtimeMs = now } = (await stat(file).catch(() => null)) ?? {};
      if (now - mtimeMs > LEFT_MS) await rm(file, { force: true }).catch(() => {});
    }
  }

  /** One after the other, so that none undoes another's. */
  keep(id: string, change: (before: KeptReport | null) => KeptReport): Promise<void> {
    const written = this.#writing.then(async () => {
      const file = this.#headFile(id);
      await writeWhole(file, JSON.stringify(change(await this.read(id))));
    });
    this.#writing = written.catch(() => {});
    return written;
  }

  /** Null where there is none. */
  async read(id: string): Promise<KeptReport | null> {
    if (!ID.test(id)) return null;
    try {
      return JSON.parse(await readFile(this.#headFile(id), "utf8")) as KeptReport;
    } catch {
      return null;
    }
  }

  /** The newest first. */
  async list(): Promise<readonly KeptReport[]> {
    const names = await readdir(this.#directory).catch(() => []);
    const ids = names.filter((name) => name.endsWith(HEAD)).map((name) => name.slice(0, -HEAD.length));
    const reports = await Promise.all(ids.map((id) => this.read(id)));
    return reports.filter((report) => report !== null).toSorted((a, b) => b.operation.startedAt - a.operation.startedAt);
  }

  /** Lets the oldest go. */
  async trim(): Promise<void> {
    for (const { operation } of (await this.list()).slice(KEPT)) {
      await rm(this.#headFile(operation.id), { force: true });
      await rm(this.runsFile(operation.id), { force: true });
    }
  }

  /** Runs from a byte of the file on, each with where the next one begins. */
  async *runs(id: string, from = 0): AsyncGenerator<{ readonly run: RunReport; readonly next: number }> {
    let next = from;
    let rest = Buffer.alloc(0);
    for await (const chunk of createReadStream(this.runsFile(id), { start: from, highWaterMark: LINES_BYTES })) {
      rest = Buffer.concat([rest, chunk as Buffer]);
      for (let end = rest.indexOf(NEWLINE); end !== -1; end = rest.indexOf(NEWLINE)) {
        next += end + 1;
        yield { run: JSON.parse(rest.subarray(0, end).toString()) as RunReport, next };
        rest = rest.subarray(end + 1);
      }
    }
  }

  /** Whether a run begins there, or the file ends. */
  async isBoundary(id: string, at: number): Promise<boolean> {
    if (at === 0) return true;
    const handle = await open(this.runsFile(id), "r");
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(1), 0, 1, at - 1);
      return bytesRead === 1 && buffer[0] === NEWLINE;
    } finally {
      await handle.close();
    }
  }

  #headFile(id: string): string {
    return path.join(this.#directory, `${id}${HEAD}`);
  }
}

/** Resolves when the file is there, whole. */
export async function writeRuns(file: string, runs: readonly RunReport[]): Promise<void> {
  const part = `${file}${PART}`;
  const handle = await open(part, "w", OWNERS_FILE);
  try {
    for (let at = 0; at < runs.length; at += 1_000) {
      await handle.write(
        runs
          .slice(at, at + 1_000)
          .map((run) => `${JSON.stringify(run)}\n`)
          .join(""),
      );
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(part, file);
}

/** Several servers may write it at once, with files in one place: each has a name of its own until it is whole. */
async function writeWhole(file: string, text: string): Promise<void> {
  const part = `${file}.${randomId()}${PART}`;
  await writeFile(part, text, { mode: OWNERS_FILE });
  await rename(part, file);
}
