// Has a new version of a consumer take the place of the one before, without a gap: each event is handled by the one or by the other, and a key's in
// their order. Should this be interrupted, the same command given again goes on where it was.
//
//   offsets of a source     … ─────────── V ──────── X ─────────▶
//   the old version         handles ───────────────▶│ retired           X: what it has read when it hears of it, and no less than V
//   the new version         builds ──────▶│ held ──▶│ active, handles   V: what it has read when it is held
import { systemClock, type Clock } from "../../core/clock.ts";
import { randomId } from "../../core/ids.ts";
import type { Log } from "../../log/log.ts";
import type { AppTopics } from "../../task/app-topics.ts";
import { consumerTopics } from "../../task/consumer/consumer-topics.ts";
import { attemptOf, successorIn } from "../../workflow/consumer/steer.ts";
import type { ConsumerMode, ConsumerTold, SourcePosition } from "../../workflow/records.ts";
import { Comparison, type Compared } from "./compare.ts";
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
  /** How long anything may take to answer, in milliseconds: an owner may have to be replaced first. Default 30,000. */
  readonly timeoutMs?: number;
  readonly clock?: Pick<Clock, "setTimer">;
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
  /** Null where that was not asked for, or is too late: the new one handles events already. */
  readonly compared: Compared | null;
}

/** Nearer than this the new version is stopped, and the old one after it. */
const NEAR = 1_000;
const LOOK_MS = 300;

/** @throws SwapError; JournalError, LogError */
export async function swapConsumer(options: SwapOptions): Promise<Swapped> {
  const { log, app, consumer, from, to, timeoutMs = 30_000, clock = systemClock, signal } = options;
  const versionOf = (version: number): Promise<ConsumerVersion> =>
    ConsumerVersion.open({
      log,
      topics: consumerTopics(app, consumer, version),
      name: `consumer ${consumer}, version ${version}`,
      timeoutMs,
      clock,
      ...(signal === undefined ? {} : { signal }),
    });
  if (from === to) throw new SwapError("SWAP_NO_VERSION", `version ${to} of consumer ${consumer} cannot take over from itself`);
  const next = await versionOf(to);
  const now = await next.ask();
  check(now, ["building", "held", "active"], next);
  if (now.every(({ mode }) => mode === "active")) return alreadyOver(log, app, options);
  const swap = new Swap(await versionOf(from), next, options);
  return swap.run();
}

/** Unless both handle events: then neither waits for the other. */
async function alreadyOver(log: Log, app: AppTopics, { consumer, from, to, clock = systemClock }: SwapOptions): Promise<Swapped> {
  const topics = consumerTopics(app, consumer, from);
  if ((await log.describeTopic(topics.journal)) === null) return { compared: null };
  const name = `consumer ${consumer}, version ${from}`;
  const old = await ConsumerVersion.open({ log, topics, name, timeoutMs: 5_000, clock });
  const told = await old.ask().catch((error: unknown) => {
    // Its workers are stopped, as they should be by now.
    if (error instanceof SwapError && error.code === "SWAP_NO_ANSWER") return [];
    throw error;
  });
  if (told.every(({ mode }) => mode === "retired")) return { compared: null };
  throw new SwapError(
    "SWAP_NOT_READY",
    `version ${to} of consumer ${consumer} handles events since it was deployed, since there was no version ${from} then, and now both do: stop one of them`,
  );
}

class Swap {
  readonly #old: ConsumerVersion;
  readonly #next: ConsumerVersion;
  readonly #options: SwapOptions;
  readonly #attempt: string;

  constructor(old: ConsumerVersion, next: ConsumerVersion, options: SwapOptions) {
    this.#old = old;
    this.#next = next;
    this.#options = options;
    this.#attempt = attemptOf(options.to, randomId());
  }

  async run(): Promise<Swapped> {
    await this.#near();
    const { compare, log, signal } = this.#options;
    const comparison = compare === undefined ? null : new Comparison({ log, old: this.#old, next: this.#next, signal });
    // The journals are read while events are handled: of them only what comes now is read while they wait.
    await comparison?.catchUp();
    const attempt = this.#attempt;
    const held = await this.#next.steer({ action: "hold", attempt });
    const waiting = check(held, ["held", "active"], this.#next).filter(({ mode }) => mode === "held");
    this.#mustOwn(waiting, this.#next);
    try {
      return await this.#pass(waiting, waiting.length === held.length ? comparison : null);
    } catch (error) {
      if (!(error instanceof SwapError) || error.code === "SWAP_DIFFERS") throw error;
      const { from } = this.#options;
      throw new SwapError(
        error.code,
        `${error.message}. Version ${from} may stand still at the seam until the swap is given again; events wait there, and are not lost`,
      );
    }
  }

  async #pass(held: readonly ConsumerTold[], comparison: Comparison | null): Promise<Swapped> {
    const [old, next, attempt] = [this.#old, this.#next, this.#attempt];
    // What some partitions of the new one handle already is beyond what the old one has read, and stays so: it is told nothing of those.
    const retired = await old.steer({ action: "retire", attempt, positions: positionsIn(held) });
    this.#mustOwn(check(retired, ["retired"], old), old);
    const seam = limitsIn(retired);
    await this.#drained(seam);
    await next.steer({ action: "follow", attempt, positions: seam });
    let compared: Compared | null = null;
    if (comparison !== null) {
      await this.#followed(seam);
      this.#options.onProgress?.({ phase: "comparing" });
      compared = await comparison.compare();
      if (this.#options.compare === "refuse" && compared.different > 0) {
        await Promise.all([old.steer({ action: "release", attempt }), next.steer({ action: "release", attempt })]);
        throw this.#differs(compared);
      }
    }
    check(await next.steer({ action: "activate", attempt }), ["active"], next);
    return { compared };
  }

  /** The new one reads what the old one has read. */
  async #near(): Promise<void> {
    const [old, next] = [this.#old, this.#next];
    for (;;) {
      const [before, after] = [await old.ask(), await next.ask()];
      refusePaused(this.#mustGiveWay(check(before, ["active", "retired"], old)), old);
      refusePaused(check(after, ["building", "held", "active"], next), next);
      // There is no way back, or the way is open already.
      if (before.some(({ mode }) => mode === "retired") || after.some(({ mode }) => mode === "active")) return;
      const behind = distance(positionsIn(after), positionsIn(before));
      this.#options.onProgress?.({ phase: "catching up", behind });
      if (behind <= NEAR) return;
      // It was stopped by a command that was interrupted.
      if (after.some(({ mode }) => mode === "held")) await this.#release(next);
      await this.#pause();
    }
  }

  #mustGiveWay(told: readonly ConsumerTold[]): readonly ConsumerTold[] {
    const { from, to } = this.#options;
    const taken = told.find(({ mode, attempt }) => mode === "retired" && successorIn(attempt) !== String(to));
    if (taken === undefined) return told;
    throw new SwapError(
      "SWAP_NOT_READY",
      `version ${successorIn(taken.attempt) ?? "?"} has the place of version ${from}, or is about to: take over from that one`,
    );
  }

  async #release(version: ConsumerVersion): Promise<void> {
    const attempt = attemptOf(this.#options.to, randomId());
    await version.steer({ action: "hold", attempt });
    await version.steer({ action: "release", attempt });
  }

  /** The old one has read all up to the seam, and handled what it owes; nothing of it is on its way between partitions. */
  async #drained(seam: readonly SourcePosition[]): Promise<void> {
    // What was sent when one partition was asked may be owed by another only now: so it is to be so twice.
    for (let times = 0; times < 2;) {
      const told = this.#mustOwn(check(await this.#old.ask(), ["retired"], this.#old), this.#old);
      refusePaused(told, this.#old);
      const owed = told.reduce((sum, one) => sum + one.owed + one.unsent, 0) + distance(positionsIn(told), seam);
      this.#options.onProgress?.({ phase: "draining", owed });
      times = owed === 0 ? times + 1 : 0;
      if (owed > 0) await this.#pause();
    }
  }

  /** What the new one keeps is as of the seam. */
  async #followed(seam: readonly SourcePosition[]): Promise<void> {
    for (let times = 0; times < 2;) {
      const told = this.#mustOwn(check(await this.#next.ask(), ["held"], this.#next), this.#next);
      refusePaused(told, this.#next);
      const left = told.reduce((sum, { unsent }) => sum + unsent, 0) + distance(positionsIn(told), seam);
      times = left === 0 ? times + 1 : 0;
      if (left > 0) await this.#pause();
    }
  }

  #differs({ different, total, examples }: Compared): SwapError {
    const { consumer, from, to } = this.#options;
    const shown = examples.map(({ store, key, was, is }) => `${store} of ${JSON.stringify(key)}: ${was ?? "none"}, now ${is ?? "none"}`);
    return new SwapError(
      "SWAP_DIFFERS",
      `${different} of ${total} values differ between versions ${from} and ${to} of consumer ${consumer}, at the same positions; ` +
        `version ${from} goes on. For example ${shown.join("; ")}. ` +
        "Where that is what the new version is for, let it take over without comparing, or only report",
    );
  }

  #mustOwn(told: readonly ConsumerTold[], { name }: ConsumerVersion): readonly ConsumerTold[] {
    const other = told.find(({ attempt }) => attempt !== this.#attempt);
    if (other === undefined) return told;
    throw new SwapError(
      "SWAP_NOT_READY",
      `a command that has version ${successorIn(other.attempt) ?? "?"} take over steers ${name}: let that end, or give this one again`,
    );
  }

  async #pause(): Promise<void> {
    const { signal, clock = systemClock } = this.#options;
    signal?.throwIfAborted();
    const over = Promise.withResolvers<void>();
    const forget = clock.setTimer(LOOK_MS, over.resolve);
    const stop = (): void => over.resolve();
    signal?.addEventListener("abort", stop);
    await over.promise;
    forget();
    signal?.removeEventListener("abort", stop);
    signal?.throwIfAborted();
  }
}

function check(told: readonly ConsumerTold[], modes: readonly ConsumerMode[], { name }: ConsumerVersion): readonly ConsumerTold[] {
  const other = told.find(({ mode }) => !modes.includes(mode));
  if (other === undefined) return told;
  throw new SwapError("SWAP_NOT_READY", `a partition of ${name} is ${other.mode}, and was to be ${modes.join(" or ")}: ${WHY[other.mode]}`);
}

const WHY: Readonly<Record<ConsumerMode, string>> = {
  active: "another command may be under way. Give this one again",
  building: "it has not taken over from the version before it. Have it do that first, or name the version that handles events now",
  held: "another command may be under way, or was interrupted. Give that one again first",
  retired: "another version took its place. To go back to what it did, deploy that as a version with a higher number",
};

function refusePaused(told: readonly ConsumerTold[], { name }: ConsumerVersion): void {
  if (!told.some(({ paused }) => paused)) return;
  throw new SwapError("SWAP_NOT_READY", `${name} is paused, so it gets nowhere: resume it, and give the command again`);
}
