// A misspelt option would be none at all, and a condition that is none cancels every run: it is refused where it is written.
import { expect, test } from "vitest";
import { declareFunction } from "../../../engine/sdk/create-function.ts";
import { Millrace } from "../../../engine/sdk/index.ts";

function declare(more: object): unknown {
  return declareFunction({ id: "f", triggers: [{ event: "go" }], ...more }, () => null);
}

test.each<[string, object, string]>([
  ["of a function", { retires: 3 }, 'it has an unknown option "retires": did you mean retries?'],
  ["of a function, like nothing that there is", { parallelism: 5 }, 'it has an unknown option "parallelism": there are id, triggers'],
  ["of a trigger", { triggers: [{ event: "go", iff: "true" }] }, 'a trigger has an unknown option "iff": did you mean if?'],
  ["of a cancellation", { cancelOn: [{ event: "no", iff: "true" }] }, 'one of cancelOn has an unknown option "iff": did you mean if?'],
  ["of the time-outs", { timeouts: { run: "1s" } }, 'timeouts has an unknown option "run": there are start, finish'],
  ["and time-outs that are a time", { timeouts: "1s" }, 'timeouts takes an object with start, finish, not "1s"'],
  ["and a trigger that is a text", { triggers: ["go"] }, 'a trigger takes an object with event, if, cron, jitter, missed, not "go"'],
  ["and a cancellation that is in no list", { cancelOn: { event: "no" } }, "cancelOn is a list"],
  ["and a failure handler that is no function", { onFailure: {} }, "onFailure is a function, not an object"],
  ["and a cancellation handler that is no function", { onCancel: "x" }, 'onCancel is a function, not "x"'],
])("refused is an option %s", (_, more, problem) => {
  expect(() => declare(more)).toThrow(expect.objectContaining({ code: "INVALID_FUNCTION" }));
  expect(() => declare(more)).toThrow('function "f": ');
  expect(() => declare(more)).toThrow(problem);
});

test("createFunction hands on all that it is given, so that nothing unknown slips through", () => {
  const options = { id: "f", triggers: [{ event: "go" }], onCancle: () => null } as const;
  expect(() => new Millrace({ id: "shop" }).createFunction(options, () => null)).toThrow("did you mean onCancel?");
});
