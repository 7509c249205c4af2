// Shapes whose events are told, found by the event's name: each event that is read is asked for its shapes.
import { shapeKey, type ShapeState } from "./shape.ts";

const NONE: ReadonlySet<ShapeState> = new Set();

export class ShapeTable {
  readonly #shapes = new Map<string, ShapeState>();
  readonly #byEvent = new Map<string, Set<ShapeState>>();

  get size(): number {
    return this.#shapes.size;
  }

  has(event: string, path: string): boolean {
    return this.#shapes.has(shapeKey(event, path));
  }

  of(event: string): ReadonlySet<ShapeState> {
    return this.#byEvent.get(event) ?? NONE;
  }

  values(): Iterable<ShapeState> {
    return this.#shapes.values();
  }

  /** A shape that is there stays as it is. */
  add(shape: ShapeState): void {
    const key = shapeKey(shape.event, shape.path);
    if (this.#shapes.has(key)) return;
    this.#shapes.set(key, shape);
    const there = this.#byEvent.get(shape.event);
    if (there === undefined) this.#byEvent.set(shape.event, new Set([shape]));
    else there.add(shape);
  }
}
