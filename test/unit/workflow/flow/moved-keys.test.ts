// A deployment changes the key of a gate while events are between partitions, of which some have the new manifest and some the old.
import { expect, test } from "vitest";
import { must } from "../../../../engine/core/errors.ts";
import type { FlowSpec } from "../../../../engine/workflow/flow/spec.ts";
import { Places } from "../../../support/flow/places.ts";

const A = "event.data.a";
const B = "event.data.b";

/** An event whose place by the old key has the new manifest alone, and the other way round. Read where its way begins. */
function between(older: FlowSpec, newer: FlowSpec): { readonly at: Places; readonly data: object } {
  const at = new Places(3, [{ id: "f", flow: older }]);
  const [oldPlace, newPlace] = [1, 2];
  const valueIn = (partition: number, name: string): string =>
    must(
      Array.from({ length: 99 }, (_, n) => `${name}${n}`).find((value) => at.placeOf(value) === partition),
      "a value",
    );
  at.declare([{ id: "f", flow: newer }], [oldPlace]);
  return { at, data: { a: valueIn(oldPlace, "a"), b: valueIn(newPlace, "b") } };
}

/** Says how many messages that took. */
function deliverAtMost(at: Places, most: number): number {
  let count = 0;
  for (let message = at.onTheirWay.shift(); message !== undefined && count < most; message = at.onTheirWay.shift()) {
    count += 1;
    at.tell(message.to, message.body, message.from);
  }
  return count;
}

test("an event is decided at the gate that it was sent to, by whatever manifest: it does not go round between two of them", () => {
  const { at, data } = between({ rateLimit: { limit: 9, periodMs: 1_000, key: A } }, { rateLimit: { limit: 9, periodMs: 1_000, key: B } });
  at.event(data);
  expect(deliverAtMost(at, 50)).toBeLessThan(4);
  expect(at.started).toEqual([data]);
});

test("a singleton's place is told of the end of its run, also where its key says another by now", () => {
  const { at, data } = between({ singleton: { mode: "skip", key: A } }, { singleton: { mode: "skip", key: B } });
  at.event(data);
  deliverAtMost(at, 50);
  expect(at.started).toEqual([data]);
  at.complete(must(at.runs[0], "the run"));
  deliverAtMost(at, 50);
  expect(at.states.flatMap(({ flow }) => [...flow.cells.keys()])).toEqual([]);
});
