// Runs in lines whose function is in no manifest any more: nothing but a deployment moves them, so people should know.
import { declaredId } from "../workflow/run/handlers.ts";
import type { PartitionState } from "../workflow/state.ts";

const CODE = "FUNCTION_GONE";

/** Of more lines than these, some may not be told of: whoever asks is not to hold the partition up. */
const MAX_LINES = 10_000;

/** For people; nothing where the partition has heard of no manifest yet. */
export function goneFunctions({ manifest, flow }: Pick<PartitionState, "manifest" | "flow">): readonly string[] {
  if (manifest === null || flow.rows.size === 0) return [];
  const gone = new Map<string, number>();
  let looked = 0;
  for (const { functionId, size } of flow.rows.lines()) {
    if (++looked > MAX_LINES) break;
    const id = declaredId(functionId);
    if (!manifest.functions.has(id)) gone.set(id, (gone.get(id) ?? 0) + size);
  }
  return [...gone].map(
    ([id, count]) =>
      `${CODE}: runs of function ${id} wait before they begin (${count} here), and the app's last deployment has no such function; ` +
      `deploy it again, or cancel them`,
  );
}
