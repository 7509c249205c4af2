// What accounting was told, as it stands in the events topic.
import type { Log } from "../../../engine/log/log.ts";
import { CORRECTS } from "../../../engine/workflow/event/cloud-event.ts";

export interface ToldInvoice {
  readonly id: string;
  readonly order: string;
  readonly total: number;
  /** Id of the one that it corrects. */
  readonly corrects: string | null;
}

export async function toldInvoices(log: Log, topic: string): Promise<readonly ToldInvoice[]> {
  const told: ToldInvoice[] = [];
  const { partitions } = (await log.describeTopic(topic)) ?? { partitions: 0 };
  for (let partition = 0; partition < partitions; partition++) {
    const target = { topic, partition };
    const end = await log.latestOffset(target);
    const reader = log.openReader({ ...target, from: await log.earliestOffset(target), mode: "bulk" });
    for (let next = 0; next < end;) {
      const batch = await reader.next();
      next = batch.nextOffset;
      for (const { headers, value } of batch.records) {
        if (headers["ce_type"]?.toString() !== "invoice/issued" || value === null) continue;
        const { order, total } = JSON.parse(value.toString()) as { readonly order: string; readonly total: number };
        told.push({ id: headers["ce_id"]?.toString() ?? "", order, total, corrects: headers[CORRECTS]?.toString() ?? null });
      }
    }
    reader.close();
  }
  return told;
}
