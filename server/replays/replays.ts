// Dry runs of a server: begun in a process of their own, kept as files beside the history, applied to the log.
import path from "node:path";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { must } from "../../engine/core/errors.ts";
import type { RunId } from "../../engine/core/ids.ts";
import type { DryRunProgress } from "../../engine/replay/dry-run/dry-run.ts";
import { isChange, VERDICTS } from "../../engine/replay/dry-run/report.ts";
import { conditionOf } from "../../engine/workflow/expression/condition.ts";
import { applyReruns, type Applied, type ChosenRun } from "../../engine/replay/rerun/apply.ts";
import { followReruns } from "../../engine/replay/rerun/follow.ts";
import { workInChild } from "../child/work-in-child.ts";
import type { Operation } from "../contract/operations.ts";
import type { ApplyBody, DryRunBody, Replay } from "../contract/replays.ts";
import { notFound, ServerError } from "../http/server-error.ts";
import type { Operations, RunningOperation, ServedApp } from "../served-app.ts";
import type { DryRunRequest } from "./dry-run-process.ts";
import { ReportFiles, type KeptReport, type ReportHead } from "./report-files.ts";

const SCRIPT = import.meta.url.endsWith(".ts")
  ? new URL("./dry-run-process.ts", import.meta.url)
  : new URL("./dry-run-process.js", import.meta.url);
const BEGUN_PATIENCE_MS = 15_000;

export class Replays {
  readonly files: ReportFiles;
  readonly #served: ServedApp;
  readonly #operations: Operations;
  /** What was asked for, by operation: of those that began in this process. */
  readonly #requests = new Map<string, DryRunBody>();

  constructor(served: ServedApp, operations: Operations) {
    this.#served = served;
    this.#operations = operations;
    this.files = new ReportFiles(directoryOf(served));
  }

  /**
   * @throws ServerError `NOT_POSSIBLE` where this process has no code, `NOT_FOUND` where the code has no such function; ConfigurationError
   * `INVALID_EXPRESSION`: told to who asks, and not by an operation, which others see
   */
  check({ function: id, since, until, where }: DryRunBody): void {
    const { code } = this.#served;
    if (code === null) {
      throw new ServerError(
        "NOT_POSSIBLE",
        "this server has none of the app's code: start it with the app's module, or use `millrace replay` where the code is",
      );
    }
    if (!code.parts.functions.has(id)) {
      throw notFound(
        `function "${id}" in ${code.module}`,
        `It has ${[...code.parts.functions.keys()].map((name) => `"${name}"`).join(", ")}`,
      );
    }
    if (since !== undefined && until !== undefined && until <= since) {
      throw new ServerError("INVALID_REQUEST", "body.until: it is not after body.since, so no run started then");
    }
    if (where !== undefined) conditionOf(where, "trigger");
  }

  begin(request: DryRunBody, actor: string): Operation {
    const operation = this.#operations.start({ kind: "dry-run", title: `dry run of ${request.function}`, actor }, (running) =>
      this.#dryRun(request, running),
    );
    this.#requests.set(operation.id, request);
    for (const id of this.#requests.keys()) if (this.#operations.get(id) === null) this.#requests.delete(id);
    return operation;
  }

  async list(): Promise<readonly Replay[]> {
    const kept = await this.files.list();
    const known = new Set(kept.map(({ operation }) => operation.id));
    const others = this.#operations.list().filter(({ id, kind }) => kind === "dry-run" && !known.has(id));
    return [...others.map((operation) => this.#unfinished(operation)), ...kept.map(replayOf)];
  }

  /** @throws ServerError `NOT_FOUND` */
  async get(id: string): Promise<Replay> {
    const kept = await this.files.read(id);
    if (kept !== null) return replayOf(kept);
    const operation = this.#operations.get(id);
    if (operation?.kind === "dry-run") return this.#unfinished(operation);
    throw notFound(`replay ${id}`, "The newest hundred reports are kept");
  }

  /** Of one that is over. @throws ServerError `NOT_FOUND`, `CONFLICT` */
  async finished(id: string): Promise<KeptReport> {
    const kept = await this.files.read(id);
    if (kept !== null) return kept;
    const { operation } = await this.get(id);
    throw new ServerError("CONFLICT", `replay ${id} is ${operation.state}: it has no report`);
  }

  /** Runs that are changes, and what of them is taken over; `only`: these. */
  async chosen(id: string, only: readonly string[] | undefined): Promise<ReadonlyMap<RunId, ChosenRun>> {
    const wanted = only === undefined ? null : new Set(only);
    const chosen = new Map<RunId, ChosenRun>();
    for await (const { run } of this.files.runs(id)) {
      if (!isChange(run.verdict) || (wanted !== null && !wanted.has(run.run))) continue;
      chosen.set(run.original ?? run.run, { run: run.run, keep: run.keep });
    }
    return chosen;
  }

  /** Has runs repeated: resolves when those that were told have begun. @throws ServerError `CONFLICT`; LogError */
  async apply(
    { operation, request }: KeptReport,
    chosen: ReadonlyMap<RunId, ChosenRun>,
    { emit, whileRunning, rate }: ApplyBody,
    { id, signal, at }: RunningOperation,
  ): Promise<void> {
    const { log, topics, partitions, sealing = null } = this.#served;
    await this.files.keep(operation.id, (before) => ({
      ...must(before, "the report"),
      applied: [...new Set([...must(before, "the report").applied, id])],
    }));
    const from = await Promise.all(
      Array.from({ length: partitions }, (_, partition) => log.latestOffset({ topic: topics.journal, partition })),
    );
    const { function: functionId, since, until, where } = request;
    const applied = await applyReruns({
      log,
      topics,
      partitions,
      functionId,
      operation: id,
      chosen,
      emit,
      whileRunning,
      whereCancelled: "skip",
      rate,
      signal,
      sealing,
      ...(since === undefined ? {} : { since }),
      ...(until === undefined ? {} : { until }),
      ...(where === undefined ? {} : { where }),
      onProgress: (told, total) => at(told, total, `${told} of ${total} runs were told`),
    });
    if (applied.isRefused) {
      throw new ServerError(
        "CONFLICT",
        `nothing was done: ${applied.running.length} of these runs are not over. Have them left out, or cancelled first: whileRunning`,
      );
    }
    const runs = new Set(applied.told.values());
    const total = runs.size;
    const followed = await followReruns({
      log,
      journal: topics.journal,
      from,
      runs,
      until: "begun",
      patienceMs: BEGUN_PATIENCE_MS,
      signal,
      onProgress: ({ begun }) => at(begun.size, total, `${begun.size} of ${total} re-runs have begun`),
    });
    at(total, total, outcomeOf(applied, followed.begun.size, followed.refused.size));
  }

  async #dryRun(request: DryRunBody, { id, signal, at }: RunningOperation): Promise<void> {
    const { log, partitions, code } = this.#served;
    const { function: functionId, since, until, where, recompute } = request;
    await this.files.prepare();
    const asked: DryRunRequest = {
      module: must(code, "the code").module,
      function: functionId,
      partitions,
      recompute,
      file: this.files.runsFile(id),
      ...(since === undefined ? {} : { since }),
      ...(until === undefined ? {} : { until }),
      ...(where === undefined ? {} : { where }),
    };
    const name = `dry run of ${functionId}`;
    const onTold = (told: unknown): void => {
      const progress = told as DryRunProgress;
      if ("finding" in progress) at(0, null, `reading journals: ${Math.round(progress.finding * 100)} %`);
      else at(progress.done, progress.total, `${progress.done} runs, ${progress.changed} differ`);
    };
    const head = (await workInChild({ script: SCRIPT, request: asked, log, signal, name, onTold })) as ReportHead;
    at(head.total, head.total, `${head.total} ${head.total === 1 ? "run" : "runs"}, ${affectedBy(head)} of them affected`);
    const shown = this.#operations.get(id);
    const operation: Operation = { ...must(shown, "the operation"), state: "done", endedAt: Date.parse(head.madeAt) };
    await this.files.keep(id, () => ({ operation, request, head, applied: [] }));
    await this.files.trim();
  }

  #unfinished(operation: Operation): Replay {
    const request = this.#requests.get(operation.id) ?? { function: "", recompute: [] };
    return {
      operation,
      function: request.function,
      request,
      counts: null,
      total: null,
      affected: null,
      missing: [],
      applied: [],
    };
  }
}

function replayOf({ operation, request, head, applied }: KeptReport): Replay {
  return {
    operation,
    function: head.function,
    request,
    counts: { ...head.counts },
    total: head.total,
    affected: affectedBy(head),
    missing: head.missing.map(
      ({ partition, offset, time, runs }) =>
        `the journal of partition ${partition} begins at offset ${offset}${time === null ? "" : `, of ${time}`}: ${runs} runs that began before are not looked at`,
    ),
    applied: [...applied],
  };
}

export function affectedBy({ counts }: ReportHead): number {
  return VERDICTS.filter(isChange).reduce((sum, verdict) => sum + counts[verdict], 0);
}

function outcomeOf({ told, before, running, cancelled, erased, tooLarge, unknown }: Applied, begun: number, refused: number): string {
  const said: readonly (readonly [number, string])[] = [
    [before.length, "had been repeated before"],
    [refused, "were not begun, since their partition refused them"],
    [running.length, "were not over"],
    [cancelled.length, "had been cancelled, and were left out"],
    [erased.length, "were left out, since data of them was erased"],
    [tooLarge.length, "take over more than fits one decision, and were left as they are"],
    [unknown.length, "were repeated by another operation since, or are not in the journals any more"],
  ];
  const rest = said.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return [`${told.size} repeated, ${begun} of them have begun`, ...rest].join("; ");
}

/** Beside the history, which is the server's own; for one in memory, wherever such things go. */
function directoryOf({ id, history }: ServedApp): string {
  const file = history.location();
  return file === null ? mkdtempSync(path.join(tmpdir(), `millrace-${id}-`)) : path.join(path.dirname(file), `replays-${id}`);
}
