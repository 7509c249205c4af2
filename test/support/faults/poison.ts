// A run that ends its process, among neighbours: what must have come of it, read from the journals.
import { expect } from "vitest";
import type { Log } from "../../../engine/log/log.ts";
import type { JournalRecord } from "../../../engine/workflow/records.ts";
import { appTopics } from "../../../engine/task/app-topics.ts";
import { readJournals } from "./journal-watch.ts";
import type { OutgoingEvents } from "./worker.ts";
import type { PoisonData } from "./functions.ts";

/** The poison in the middle of its neighbours. */
export function neighboursAndPoison(neighbours: number, data: PoisonData = {}): readonly OutgoingEvents[] {
  const events: OutgoingEvents[] = Array.from({ length: neighbours }, (_, n) => ({
    name: "neighbour/asked",
    data: { n },
    id: `neighbour-${n}`,
  }));
  events.splice(Math.floor(neighbours / 2), 0, { name: "poison/asked", data, id: "poison" });
  return events;
}

export interface Outcome {
  readonly poison: string;
  /** Neighbours that were called alone at some time. */
  readonly calledAlone: number;
}

/** All neighbours are through, none of them was blamed, and there is one dead letter, for the poison. */
export async function expectOnlyPoisonQuarantined(log: Log, app: string, partitions: number, neighbours: number): Promise<Outcome> {
  const topics = appTopics(app);
  const histories = await readJournals(log, topics.journal, partitions);
  const runs = new Map(histories.flatMap((history) => [...history.runs]));
  const records = histories.flatMap(({ frames }) => frames.flatMap(({ frame }): readonly JournalRecord[] => frame.records));
  const functionOf = (run: string): string => runs.get(run)?.functionId ?? "";
  const completed = records.filter((record) => record.type === "RunCompleted" && functionOf(record.run) === "neighbour");
  expect(completed.length).toBe(neighbours);
  const quarantined = records.flatMap((record) => (record.type === "RunQuarantined" ? [record.run] : []));
  expect(quarantined.map(functionOf)).toEqual(["poison"]);
  const letters = new Set<string>();
  for (let partition = 0; partition < partitions; partition++) {
    const reader = log.openReader({ topic: topics.deadLetter, partition, from: 0, mode: "bulk" });
    for (let isOver = false; !isOver;) {
      const batch = await reader.next();
      for (const { headers } of batch.records) letters.add(`${headers["mr-code"]?.toString()} ${headers["mr-run"]?.toString()}`);
      isOver = batch.nextOffset >= batch.highWatermark;
    }
    reader.close();
  }
  expect([...letters]).toEqual(quarantined.map((run) => `RUN_QUARANTINED ${run}`));
  const alone = new Set(records.flatMap((record) => (record.type === "LaneEntered" ? [record.run] : [])));
  return { poison: quarantined[0] ?? "", calledAlone: [...alone].filter((run) => functionOf(run) === "neighbour").length };
}
