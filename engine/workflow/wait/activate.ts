// A shape is told from now on: of each source from its position in this very frame on (what came before is told when it is asked for).
import { decided, ignored, type Decision } from "../decision.ts";
import type { ShapeActivated } from "../records.ts";
import { sourceKey } from "../source/source.ts";
import type { PartitionState } from "../state.ts";

export interface ActivateShape {
  readonly type: "ActivateShape";
  readonly event: string;
  readonly path: string;
}

export function evolveShapeActivated(state: PartitionState, { event, path, from }: ShapeActivated): void {
  const positions = new Map(from.map(({ topic, partition, offset }) => [sourceKey(topic, partition), offset]));
  state.shapes.add({ event, path, from: positions });
}

export function decideActivateShape(state: PartitionState, { event, path }: ActivateShape): Decision {
  if (state.shapes.has(event, path)) return ignored("the shape is told already");
  const from = [...state.sources.values()].map(({ topic, partition, next }) => ({ topic, partition, offset: next }));
  return decided({ type: "ShapeActivated", event, path, from });
}
