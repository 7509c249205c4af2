// What people are told of flow: breakers that open and close, functions that are paused, limits that are changed for a time. What every
// partition hears, one of them tells.
import type { Logger } from "../observability/logger.ts";
import { isClosed } from "../workflow/flow/counts/breaker.ts";
import { functionOf, isOverride, pauseKey, placeOf } from "../workflow/flow/keys.ts";
import type { CellsForgotten, CellSet, JournalRecord } from "../workflow/records.ts";
import type { PartitionState } from "../workflow/state.ts";

export class FlowLines {
  readonly #state: PartitionState;
  readonly #logger: Logger;
  /** Records that open a breaker, or close one, and are not acknowledged yet. */
  readonly #turns = new Set<CellSet>();

  constructor(state: PartitionState, logger: Logger) {
    this.#state = state;
    this.#logger = logger;
  }

  /** The partition is owned: what was decided before lasts. */
  begin(): void {
    const { manifest, flow } = this.#state;
    for (const functionId of manifest?.functions.keys() ?? []) {
      const events = flow.cells.get(pauseKey(functionId))?.text;
      if (events !== undefined && this.#isToTell(functionId)) this.#tellPaused(functionId, events);
    }
  }

  /** The record is about to change the state. */
  recording(record: JournalRecord): void {
    if (record.type !== "CellSet" || record.kind !== "breaker") return;
    const before = this.#state.flow.cells.get(record.key);
    // A trial that fails opens it again: nothing new.
    if (isClosed(record) !== (before === undefined || isClosed(before))) this.#turns.add(record);
  }

  /** The record is acknowledged. */
  changed(record: CellSet | CellsForgotten): void {
    if (record.type === "CellSet") this.#set(record);
    else this.#forgotten(record);
  }

  #set(record: CellSet): void {
    const { key, kind, text, until } = record;
    const functionId = functionOf(key);
    if (kind === "breaker" && this.#turns.delete(record)) this.#turned(functionId, record);
    else if (kind === "pause" && this.#isToTell(functionId)) this.#tellPaused(functionId, text);
    else if (kind === "override" && this.#isToTell(functionId)) {
      this.#logger.warn(
        { code: "OVERRIDE_BEGAN", function: functionId, limits: text, until: new Date(until).toISOString() },
        "a function's limits are others for a time, as asked",
      );
    }
  }

  #forgotten({ keys }: CellsForgotten): void {
    for (const key of keys) {
      if (!key.startsWith("pause/") && !isOverride(key)) continue;
      const functionId = functionOf(key);
      if (!this.#isToTell(functionId)) continue;
      if (key.startsWith("pause/")) this.#logger.info({ code: "FUNCTION_RESUMED", function: functionId }, "a function is resumed");
      else this.#logger.info({ code: "OVERRIDE_ENDED", function: functionId }, "a function's limits are as declared again");
    }
  }

  #turned(functionId: string, record: CellSet): void {
    const value = record.key.slice(`breaker/${functionId}/`.length);
    // Without the mark of its kind.
    const fields = { function: functionId, ...(value === "" ? {} : { key: value.slice("s:".length) }), partition: this.#state.partition };
    if (isClosed(record)) this.#logger.info({ code: "BREAKER_CLOSED", ...fields }, "a circuit breaker is closed: a trial succeeded");
    else {
      const what = "a circuit breaker is open: too many attempts failed, and none is begun until its cooldown is over";
      this.#logger.warn({ code: "BREAKER_OPENED", ...fields }, what);
    }
  }

  #tellPaused(functionId: string, events: string | null): void {
    const what = events === "skip" ? "its events start nothing" : "its events wait";
    this.#logger.warn({ code: "FUNCTION_PAUSED", function: functionId, events }, `a function is paused: ${what} until it is resumed`);
  }

  #isToTell(functionId: string): boolean {
    return placeOf(this.#state.partitions, functionId, "") === this.#state.partition;
  }
}
