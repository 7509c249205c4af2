// An event of the record, as user code gets it.
import type { TriggerEvent } from "../workflow/records.ts";
import type { EventView } from "./event-map.ts";

export function viewOfEvent({ id, name, data, time, key, topic, partition, offset, corrects }: TriggerEvent): EventView {
  return { id, name, data: JSON.parse(data) as unknown, time, key, corrects, source: topic === "" ? null : { topic, partition, offset } };
}
