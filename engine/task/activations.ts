// What the functions topic has for a task: the newest manifest, and the shapes of waits. Each becomes an input once the task may decide by it.
import type { Input } from "../workflow/decide.ts";
import type { SourcePosition } from "../workflow/records.ts";
import type { PartitionState } from "../workflow/state.ts";
import type { SeenManifest, Shape } from "./task-options.ts";

export interface ActivationsOptions {
  readonly state: PartitionState;
  readonly isServing: () => boolean;
  /** Where sources of a manifest begin that this partition has not read before. */
  readonly startsOf: (content: string, state: PartitionState) => Promise<readonly SourcePosition[]>;
  readonly submit: (input: Input) => void;
  readonly failed: (error: unknown) => void;
}

export class Activations {
  readonly #options: ActivationsOptions;
  #manifest: SeenManifest | null = null;

  constructor(options: ActivationsOptions) {
    this.#options = options;
  }

  get version(): number {
    return this.#options.state.manifest?.version ?? -1;
  }

  /** The partition is claimed: what was seen meanwhile counts. */
  begin(): void {
    if (this.#manifest !== null) this.manifestSeen(this.#manifest);
  }

  /** The newest manifest of the functions topic. */
  manifestSeen(manifest: SeenManifest): void {
    const { state, isServing, startsOf, submit, failed } = this.#options;
    this.#manifest = manifest;
    if (!isServing() || manifest.version <= this.version) return;
    startsOf(manifest.content, state).then((starts) => submit({ type: "ActivateManifest", ...manifest, starts }), failed);
  }

  /** What runs of other partitions wait for: events are told from now on. */
  shapesSeen(shapes: Iterable<Shape>): void {
    const { state, isServing, submit } = this.#options;
    if (!isServing()) return;
    for (const { event, path } of shapes) if (!state.shapes.has(event, path)) submit({ type: "ActivateShape", event, path });
  }
}
