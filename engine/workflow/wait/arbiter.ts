// Which partition decides a wait: that of the value it compares, by the function that places events by their keys. So where events are keyed
// by that value, an event and its waits are in one place already.
import { partitionOfKey } from "../../core/murmur2.ts";
import { textOf } from "../expression/value.ts";

/** `value` is empty where nothing is compared: then all waits for an event's name are in one place. */
export function arbiterOf(partitions: number, event: string, value: string): number {
  return partitionOfKey(Buffer.from(value === "" ? event : textOf(value)), partitions);
}
