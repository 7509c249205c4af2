// A run that kept others from starting is over: the place of its key is told.
import type { RunId } from "../../../core/ids.ts";
import type { Message } from "../../decision.ts";
import type { PartitionState } from "../../state.ts";
import { placeOfSingleton } from "../keys.ts";

export function tellSingletonEnded({ partitions }: PartitionState, run: RunId, key: string | null): readonly Message[] {
  if (key === null) return [];
  return [{ to: placeOfSingleton(partitions, key), body: { type: "SingletonEnded", key, run } }];
}
