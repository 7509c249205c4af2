// What the cells of flow are called. `value` is that of a policy's key as `valueOf` writes it, empty where it has none.
import type { RunId } from "../../core/ids.ts";
import { partitionOfKey } from "../../core/murmur2.ts";
import { declaredId } from "../run/handlers.ts";
import { textOf } from "../expression/value.ts";
import type { ConcurrencySpec } from "./spec.ts";

export function gateKey(
  gate: "rateLimit" | "idempotency" | "debounce" | "batch" | "throttle" | "breaker",
  functionId: string,
  value: string,
): string {
  return `${gate}/${functionId}/${value}`;
}

/** Its place is told of the end of the run: it stands in the key where a new manifest moved it and the event had been sent here before. */
export function singletonKey(
  { partition, partitions }: { readonly partition: number; readonly partitions: number },
  functionId: string,
  value: string,
): string {
  const at = placeOf(partitions, functionId, value) === partition ? "" : `@${partition}`;
  return `singleton${at}/${functionId}/${value}`;
}

export function placeOfSingleton(partitions: number, key: string): number {
  const gate = key.slice(0, key.indexOf("/"));
  const at = gate.indexOf("@");
  if (at !== -1) return Number(gate.slice(at + 1));
  const functionId = functionOf(key);
  return placeOf(partitions, functionId, key.slice(gate.length + functionId.length + 2));
}

export function pauseKey(functionId: string): string {
  return `pause/${functionId}`;
}

/** A run that was cancelled before it came to its home. */
export function cancelledKey(run: RunId): string {
  return `cancelled/${run}`;
}

/** A run was repeated by an operation. */
export function rerunKey(original: RunId, operation: string): string {
  return `rerun/${original}/${operation}`;
}

/** A function was given an event that had not come to it. `origin`: see event/origin.ts. */
export function missedKey(functionId: string, origin: string): string {
  return `missed/${functionId}/${origin}`;
}

/** Starts of a function that is in no manifest now wait for one that has it. */
export function manifestKey(functionId: string): string {
  return `manifest/${declaredId(functionId)}`;
}

export function isOverride(key: string): boolean {
  return key.startsWith("override/");
}

export function overrideKey(functionId: string): string {
  return `override/${functionId}`;
}

/** The function's share of what its partition has room for; `scarce`: what else its runs wait for, empty for nothing. */
export function startsKey(functionId: string, scarce: string): string {
  return `starts/${encodeURIComponent(functionId)}/${scarce}`;
}

/** Handlers of ends have a slash in their ids. */
export function functionOfStarts(key: string): string {
  return decodeURIComponent(functionOf(key));
}

/** `index`: among the function's one or two. */
export function poolKey(functionId: string, index: number, { key = "", scope }: ConcurrencySpec, value: string): string {
  return scope === "app" ? `app/${encodeURIComponent(key)}/${value}` : `fn/${functionId}/${index}/${value}`;
}

/** What a share of a pool, or of a throttle, had. */
export function shareKey(scarce: string, value: string): string {
  return `share/${encodeURIComponent(value)}/${scarce}`;
}

/** How far the shares of it have come. */
export function sharesKey(scarce: string): string {
  return `shares/${scarce}`;
}

/** A limit whose place may be elsewhere: `<place>@<its key there>`. */
export function permitKey(place: number, pool: string): string {
  return `${place}@/${pool}`;
}

export function permitOf(need: string): { readonly place: number; readonly pool: string } {
  const split = need.indexOf("@/");
  return { place: Number(need.slice(0, split)), pool: need.slice(split + 2) };
}

/** The function of a key `<gate>/<function>/…`; ids of functions have no slash. */
export function functionOf(key: string): string {
  const from = key.indexOf("/") + 1;
  const to = key.indexOf("/", from);
  return to === -1 ? key.slice(from) : key.slice(from, to);
}

/** Where a policy is decided: with events that are keyed by its value; without one with its function. */
export function placeOf(partitions: number, functionId: string, value: string): number {
  return partitionOfKey(Buffer.from(value === "" ? functionId : textOf(value)), partitions);
}
