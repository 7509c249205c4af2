// The functions that an app's partitions decide by, as somebody finds them who runs none of them.
import { parseManifest, type FunctionSpec } from "../workflow/trigger/manifest.ts";
import { withFunctions, type UpgradeOptions } from "./upgrade.ts";

/** By id; null where none was ever declared. @throws LogError */
export async function functionsInForce(app: UpgradeOptions): Promise<ReadonlyMap<string, FunctionSpec> | null> {
  return withFunctions(app, ({ active }) => {
    const specs = active === null ? null : parseManifest(active.content).functions;
    return Promise.resolve(specs === null ? null : new Map(specs.map((spec) => [spec.id, spec])));
  });
}
