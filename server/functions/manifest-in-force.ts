// The functions that an app decides by, as its functions topic says: this process may have none of their code.
import { withFunctions } from "../../engine/worker/upgrade.ts";
import { parseManifest, type ManifestContent } from "../../engine/workflow/trigger/manifest.ts";
import { notFound } from "../http/server-error.ts";
import type { ServedApp } from "../served-app.ts";

export interface InForce extends ManifestContent {
  /** Offset of the manifest in its topic. */
  readonly version: number;
}

/** Whoever asks more often gets what is known. */
const FRESH_MS = 2_000;

export class ManifestInForce {
  readonly #served: Pick<ServedApp, "log" | "topics">;
  #reading: Promise<InForce | null> | null = null;
  #known: { readonly at: number; readonly manifest: InForce | null } | null = null;

  constructor(served: Pick<ServedApp, "log" | "topics">) {
    this.#served = served;
  }

  /** Null where nothing was ever deployed. @throws LogError */
  async read(): Promise<InForce | null> {
    if (this.#known !== null && performance.now() - this.#known.at < FRESH_MS) return this.#known.manifest;
    this.#reading ??= this.#read().finally(() => (this.#reading = null));
    return this.#reading;
  }

  /** @throws ServerError `NOT_FOUND`; LogError */
  async check(functionId: string): Promise<void> {
    const manifest = await this.read();
    if (manifest?.functions.some(({ id }) => id === functionId) === true) return;
    throw notFound(`function "${functionId}"`, knownOf(manifest));
  }

  async #read(): Promise<InForce | null> {
    const { log, topics } = this.#served;
    const isThere = (await log.describeTopic(topics.functions)) !== null;
    const active = isThere ? await withFunctions({ log, topics }, ({ active: found }) => Promise.resolve(found)) : null;
    const manifest = active === null ? null : { ...parseManifest(active.content), version: active.version };
    this.#known = { at: performance.now(), manifest };
    return manifest;
  }
}

function knownOf(manifest: InForce | null): string {
  const ids = (manifest?.functions ?? []).map(({ id }) => `"${id}"`);
  return ids.length === 0 ? "The app has none yet: deploy it first" : `The app has ${ids.join(", ")}`;
}
