// Suspects of one process pass through its lane.
import { beforeEach, expect, test } from "vitest";
import { Lane, type Suspect } from "../../../engine/task/lane.ts";

let lane: Lane;
/** Who began, in that order; with an exclamation mark where it is alone. */
let begun: string[];

beforeEach(() => {
  lane = new Lane();
  begun = [];
});

function suspect(name: string, suspicion: number, { isUrgent = false, begin = (): void => {} } = {}): Suspect {
  return {
    suspicion,
    isUrgent,
    begin: (alone) => {
      begun.push(alone ? `${name}!` : name);
      begin();
    },
  };
}

test("a group of the least suspicious begins, and the next when all of it have left", () => {
  const letIn = lane.holdBack();
  const [a, b, c, d] = [suspect("a", 6), suspect("b", 5), suspect("c", 6), suspect("d", 6)];
  for (const one of [a, b, c, d]) lane.enter(one);
  expect(begun).toEqual([]);
  letIn();
  expect(begun).toEqual(["b"]);
  lane.leave(b);
  expect(begun).toEqual(["b", "a", "c"]);
  lane.leave(c);
  expect(begun).toEqual(["b", "a", "c"]);
  lane.leave(a);
  expect(begun).toEqual(["b", "a", "c", "d"]);
});

test("while one is called alone it is quiet, and everybody hears when that is over before the next begins", () => {
  const heard: string[] = [];
  const forget = lane.whenLoud(() => heard.push(`after ${begun.join(" ")}, quiet: ${lane.isQuiet}`));
  const [a, b] = [suspect("a", 7), suspect("b", 9)];
  lane.enter(a);
  lane.enter(b);
  expect([begun, lane.isQuiet]).toEqual([["a!"], true]);
  lane.leave(a);
  expect(heard).toEqual(["after a!, quiet: false"]);
  expect([begun, lane.isQuiet]).toEqual([["a!", "b!"], true]);
  forget();
  lane.leave(b);
  expect([heard.length, lane.isQuiet]).toEqual([1, false]);
});

test("a group is not quiet, be it of one", () => {
  lane.enter(suspect("a", 6));
  expect([begun, lane.isQuiet]).toEqual([["a"], false]);
});

test("nobody enters while others ask for time, but for whom an owner died with alone; it waits for nobody but those inside", () => {
  const [inside, urgent, other] = [suspect("inside", 2), suspect("urgent", 9, { isUrgent: true }), suspect("other", 3)];
  lane.enter(inside);
  const letIn = lane.holdBack();
  const letInToo = lane.holdBack();
  lane.enter(other);
  lane.enter(urgent);
  expect(begun).toEqual(["inside"]);
  lane.leave(inside);
  expect(begun).toEqual(["inside", "urgent!"]);
  lane.leave(urgent);
  letIn();
  letIn();
  expect(begun).toEqual(["inside", "urgent!"]);
  letInToo();
  expect(begun).toEqual(["inside", "urgent!", "other"]);
});

test("who leaves at once, or before its turn, holds nobody up", () => {
  const letIn = lane.holdBack();
  const gone = suspect("gone", 7);
  const fleeting: Suspect = suspect("fleeting", 7, { begin: () => lane.leave(fleeting) });
  lane.enter(gone);
  lane.enter(fleeting);
  lane.enter(suspect("last", 7));
  lane.leave(gone);
  lane.leave(gone);
  letIn();
  expect(begun).toEqual(["fleeting!", "last!"]);
});

test("who left with the group it began with does not begin after all", () => {
  const letIn = lane.holdBack();
  const second = suspect("second", 2);
  lane.enter(suspect("first", 2, { begin: () => lane.leave(second) }));
  lane.enter(second);
  letIn();
  expect(begun).toEqual(["first"]);
});
