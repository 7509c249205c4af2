// Up to when another partition's events are known here: it has decided all that its sources held then, and its messages come in order.
import { decided, ignored, type Decision } from "../decision.ts";
import type { WatermarkRaised, WatermarkReached } from "../records.ts";
import type { PartitionState } from "../state.ts";

export function evolveWatermarkRaised(state: PartitionState, { from, time }: WatermarkRaised): void {
  state.watermarks.set(from, time);
}

export function decideWatermarkReached(state: PartitionState, from: number, { time }: WatermarkReached): Decision {
  if ((state.watermarks.get(from) ?? 0) >= time) return ignored("it is known to be later");
  return decided({ type: "WatermarkRaised", from, time });
}
