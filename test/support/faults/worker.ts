// A worker process to be killed, frozen and replaced. Forked by worker-process.ts: its settings are its argument, its parent asks over IPC.
import pino from "pino";

import { systemClock } from "../../../engine/core/clock.ts";
import { type Alert, Millrace, MillraceError, type MillraceOptions, type PartitionReport } from "../../../engine/sdk/index.ts";
import { type ForcedLog, openForcedLog } from "./forced-log.ts";
import { declareFunctions, type FunctionSet } from "./functions.ts";

export interface WorkerSettings {
  readonly app: Omit<MillraceOptions, "logger">;
  readonly functions: FunctionSet;
  readonly effectsUrl: string;
  /** Believes itself assigned to these partitions, whatever others believe, until it is told otherwise (`assign`). */
  readonly forced?: readonly number[];
  /** How far the clock of its machine is off. */
  readonly skewMs?: number;
  /** A build that is one version newer. */
  readonly build?: "next";
}

export interface OutgoingEvents {
  readonly name: string;
  readonly data: unknown;
  readonly id?: string;
  readonly key?: string;
}

/** What a parent can ask for, and what it gets. */
export interface Asks {
  status: { give: null; get: readonly PartitionReport[] };
  digests: { give: null; get: readonly (readonly [partition: number, state: { readonly lsn: number; readonly digest: string }])[] };
  send: { give: readonly OutgoingEvents[]; get: readonly string[] };
  assign: { give: readonly number[]; get: null };
  release: { give: string; get: null };
  stop: { give: null; get: null };
}

export interface Ask {
  readonly number: number;
  readonly ask: keyof Asks;
  readonly give: unknown;
}

export type Told =
  | { readonly told: "started" }
  | { readonly told: "alert"; readonly alert: Alert }
  | { readonly told: "failed"; readonly code: string; readonly message: string }
  | { readonly told: "answer"; readonly number: number; readonly get: unknown }
  | { readonly told: "refusal"; readonly number: number; readonly code: string; readonly message: string };

if (import.meta.main) await work(JSON.parse(process.argv[2] ?? "") as WorkerSettings);

async function work({ app: options, functions, effectsUrl, forced, skewMs = 0, build }: WorkerSettings): Promise<void> {
  const tell = (told: Told): void => void process.send?.(told);
  if (build === "next") await import("./next-format.ts");
  const forcing = forced === undefined ? null : await openForcedLog(options.log, forced);
  const app = new Millrace(
    {
      ...options,
      logger: pino({ level: process.env["LOG_LEVEL"] ?? "info" }),
      onAlert: (alert) => tell({ told: "alert", alert }),
    },
    { clock: { ...systemClock, wallMs: () => Date.now() + skewMs }, ...(forcing === null ? {} : { log: forcing.log }) },
  );
  declareFunctions(app, functions, effectsUrl);
  process.on("disconnect", () => process.exit(1));
  process.on("message", (ask: Ask) => {
    answer(app, forcing, ask).then(
      (get) => tell({ told: "answer", number: ask.number, get }),
      (error: unknown) => tell({ told: "refusal", number: ask.number, ...wordsOf(error) }),
    );
  });
  try {
    await app.start();
    tell({ told: "started" });
  } catch (error) {
    tell({ told: "failed", ...wordsOf(error) });
  }
}

async function answer(app: Millrace, forcing: ForcedLog | null, { ask, give }: Ask): Promise<Asks[keyof Asks]["get"]> {
  switch (ask) {
    case "status":
      return app.status();
    case "digests":
      return [...(await app.digests())];
    case "send":
      return (await app.send(give as OutgoingEvents[])).ids;
    case "assign":
      forcing?.assign(give as number[]);
      return null;
    case "release":
      await app.release(give as string);
      return null;
    case "stop":
      await app.stop();
      return null;
  }
}

function wordsOf(error: unknown): { code: string; message: string } {
  const code = error instanceof MillraceError ? error.code : "ERROR";
  return { code, message: error instanceof Error ? error.message : String(error) };
}
