// A backfill, as who began it has it.
import { controlCommand, tellAll } from "../task/backfill/command.ts";
import type { BackfillProgress } from "../task/backfill/progress.ts";
import type { BackfillWatch } from "../task/backfill/watch.ts";
import type { CommandTarget } from "../task/tell-partition.ts";

export interface BackfillParts {
  readonly id: string;
  readonly target: () => Promise<CommandTarget>;
  readonly watch: () => Promise<BackfillWatch>;
}

export class Backfill {
  readonly id: string;
  readonly #parts: BackfillParts;
  #watch: Promise<BackfillWatch> | null = null;

  constructor(parts: BackfillParts) {
    this.id = parts.id;
    this.#parts = parts;
  }

  /** How far it is, in all partitions; null before any has heard of it. @throws LogError, JournalError */
  async progress(): Promise<BackfillProgress | null> {
    this.#watch ??= this.#parts.watch();
    const all = await (await this.#watch).look();
    return all.find(({ id }) => id === this.id) ?? null;
  }

  /** It gives the function nothing until `resume`; runs that it started go on. Resolves when the log has it. @throws LogError */
  async pause(): Promise<void> {
    await tellAll(await this.#parts.target(), controlCommand(this.id, "pause"));
  }

  async resume(): Promise<void> {
    await tellAll(await this.#parts.target(), controlCommand(this.id, "resume"));
  }

  /** For good. What entered the function stays; another backfill passes it over. */
  async cancel(): Promise<void> {
    await tellAll(await this.#parts.target(), controlCommand(this.id, "cancel"));
  }
}
