// Has a new version of a consumer take the place of the one before, without a gap: each event is handled by the one or by the other, and a key's in
// their order. Should this be interrupted, the same command given again goes on where it was.
import { setTimeout as delay } from "node:timers/promises";
import type { Log } from "../../log/log.ts";
import type { AppTopics } from "../../task/app-topics.ts";
import { consumerTopics } from "../../task/consumer/consumer-topics.ts";
import type { ConsumerTold } from "../../workflow/records.ts";
import { compareVersions, type Compared } from "./compare.ts";
import { SwapError } from "./swap-error.ts";
import { ConsumerVersion, distance, limitsIn, positionsIn } from "./version.ts";

export interface SwapOptions {
  readonly log: Log;
  readonly app: AppTopics;
  readonly consumer: string;
  readonly from: number;
  readonly to: number;
  /** Whether what they keep is compared at the same positions first: `refuse` to go on where it differs, or only `report` it. */
  readonly compare?: "refuse" | "report";
  /** How long anything may take to answer, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number;
  readonly onProgress?: (progress: SwapProgress) => void;
  readonly signal?: AbortSignal;
}

export type SwapProgress =
  /** So many records until the new one is where the old one is. */
  | { readonly phase: "catching up"; readonly behind: number }
  /** So many events that the old one is to handle yet. */
  | { readonly phase: "draining"; readonly owed: number }
  | { readonly phase: "comparing" };

export interface Swapped {
  readonly compared: Compared | null;
}

/** Nearer than this the new version is stopped, and the old one after it. */
const NEAR = 1_000;
const LOOK_MS = 300;

/** @throws SwapError; JournalError, LogError */
export async function swapConsumer(options: SwapOptions): Promise<Swapped> {
  const { log, app, consumer, from, to, compare, timeoutMs = 10_000, onProgress, signal } = options;
  const versionOf = (version: number): Promise<ConsumerVersion> =>
    ConsumerVersion.open({
      log,
      topics: consumerTopics(app, consumer, version),
      name: `consumer ${consumer}, version ${version}`,
      timeoutMs,
      ...(signal === undefined ? {} : { signal }),
    });
  const [old, next] = [await versionOf(from), await versionOf(to)];
  const now = await next.tell("ask");
  if (now.every(({ mode }) => mode === "active")) return { compared: null };

  await near(old, next, options);
  const held = await next.tell("hold");
  // Where it reads no further is known at once: it has passed no position that the new one has not reached, and none is passed over.
  const retired = await old.tell("retire", positionsIn(held));
  refuseUnless(retired, "retired", old.name);
  const seam = limitsIn(retired);
  await drained(old, seam, onProgress, signal);
  await next.tell("hold", seam);
  await drained(next, seam, undefined, signal);
  onProgress?.({ phase: "comparing" });
  const compared = compare === undefined ? null : await compareVersions({ log, old, next, ...(signal === undefined ? {} : { signal }) });
  if (compare === "refuse" && compared !== null && compared.different > 0) {
    await Promise.all([old.tell("build"), next.tell("build")]);
    throw new SwapError(
      "SWAP_DIFFERS",
      `${compared.different} of ${compared.total} values differ between versions ${from} and ${to} of consumer ${consumer}, at the same positions; ` +
        `the old one goes on. For example ${compared.examples.map(({ store, key, was, is }) => `${store} of ${JSON.stringify(key)}: ${was ?? "none"}, now ${is ?? "none"}`).join("; ")}. ` +
        "Where that is what the new version is for, let it take over without comparing, or only report",
    );
  }
  refuseUnless(await next.tell("activate", seam), "active", next.name);
  return { compared };
}

/** The new one reads what the old one has read. */
async function near(old: ConsumerVersion, next: ConsumerVersion, { onProgress, signal }: SwapOptions): Promise<void> {
  for (;;) {
    const [before, after] = [await old.tell("ask"), await next.tell("ask")];
    // One that is held was stopped by a command that was interrupted.
    if (after.some(({ mode }) => mode === "held") && before.every(({ mode }) => mode !== "retired")) await next.tell("build");
    const behind = distance(positionsIn(after), positionsIn(before));
    onProgress?.({ phase: "catching up", behind });
    if (behind <= NEAR || before.some(({ mode }) => mode === "retired")) return;
    await delay(LOOK_MS, undefined, signal === undefined ? {} : { signal });
  }
}

/** It has read all up to the seam, and handled what it owes; nothing of it is on its way between partitions. */
async function drained(
  version: ConsumerVersion,
  seam: readonly ConsumerTold["limits"][number][],
  onProgress?: SwapOptions["onProgress"],
  signal?: AbortSignal,
): Promise<void> {
  // What was sent when one partition was asked may be owed by another only now: so it is to be so twice.
  for (let times = 0; times < 2;) {
    const told = await version.tell("ask");
    const owed = told.reduce((sum, one) => sum + one.owed + one.unsent, 0) + distance(positionsIn(told), seam);
    onProgress?.({ phase: "draining", owed });
    times = owed === 0 ? times + 1 : 0;
    if (times < 2) await delay(LOOK_MS, undefined, signal === undefined ? {} : { signal });
  }
}

function refuseUnless(told: readonly ConsumerTold[], mode: ConsumerTold["mode"], name: string): void {
  const other = told.find((one) => one.mode !== mode);
  if (other === undefined) return;
  throw new SwapError("SWAP_NOT_READY", `a partition of ${name} is ${other.mode}, and was to be ${mode}: another command may be under way`);
}
