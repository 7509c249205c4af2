// Cells of the image that have somebody's text in their key: those of flow, and those of a consumer.
import type { PartitionState } from "../state.ts";
import { CONSUMER_PREFIX, consumerBody, consumerKeys, readConsumerCell } from "./consumer-cells.ts";
import { FLOW_PREFIX, flowBody, flowKeys, readFlowCell } from "./flow-cells.ts";

export function isKeyed(key: string): boolean {
  return key.startsWith(FLOW_PREFIX) || key.startsWith(CONSUMER_PREFIX);
}

/** Of all that are there. */
export function* keyedCells({ flow, consumer }: Pick<PartitionState, "flow" | "consumer">): Iterable<string> {
  yield* flowKeys(flow);
  yield* consumerKeys(consumer);
}

/** What the cell of this key holds; null where it is gone. */
export function keyedBody({ flow, consumer }: Pick<PartitionState, "flow" | "consumer">, key: string): string | null {
  return key.startsWith(CONSUMER_PREFIX) ? consumerBody(consumer, key) : flowBody(flow, key);
}

/** Fills in what a cell says. Returns false for one that nobody knows. */
export function readKeyedCell({ flow, consumer }: Pick<PartitionState, "flow" | "consumer">, key: string, body: string): boolean {
  return key.startsWith(CONSUMER_PREFIX) ? readConsumerCell(consumer, key, body) : readFlowCell(flow, key, body);
}
