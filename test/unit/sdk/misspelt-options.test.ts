// A misspelt option would be none at all, and a condition that is none cancels every run: it is refused where it is written.
import { expect, test } from "vitest";
import { declareConsumer } from "../../../engine/sdk/create-consumer.ts";
import { declareFunction } from "../../../engine/sdk/create-function.ts";
import { Millrace } from "../../../engine/sdk/index.ts";
import { checkCondition } from "../../../engine/workflow/expression/check.ts";

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
  ["and a condition that is a function", { triggers: [{ event: "go", if: () => true }] }, 'trigger "go": if is CEL over event'],
  ["and a cancellation that is in no list", { cancelOn: { event: "no" } }, "cancelOn is a list"],
  ["and a failure handler that is no function", { onFailure: {} }, "onFailure is a function, not an object"],
  ["and a cancellation handler that is no function", { onCancel: "x" }, 'onCancel is a function, not "x"'],
])("refused is an option %s", (_, more, problem) => {
  expect(() => declare(more)).toThrow(expect.objectContaining({ code: "INVALID_FUNCTION" }));
  expect(() => declare(more)).toThrow('function "f": ');
  expect(() => declare(more)).toThrow(problem);
});

test.each<[string, unknown]>([
  ["a function", ({ data }: { readonly data: { readonly customer: string } }) => data.customer],
  ["a list", ["event.data.customer"]],
])("a consumer's key that is %s is refused, with what it is", (what, key) => {
  const options = { id: "totals", events: ["go"], from: "now", handle: () => null, key: key as string } as const;
  const refused = {
    code: "INVALID_CONSUMER",
    message: expect.stringContaining(`key is CEL over event, such as "event.data.customer", not ${what}`) as string,
  };
  expect(() => declareConsumer(options)).toThrow(expect.objectContaining(refused));
});

test("a condition of a wait that is a function is told as that", () => {
  const condition: unknown = () => true;
  expect(() => checkCondition(condition as string, ["event", "async"])).toThrow(
    "an expression is text of CEL, not a function. Write a condition",
  );
  expect(() => declare({ cancelOn: [{ event: "no", if: condition }] })).toThrow("text of CEL, not a function");
});

test("createFunction hands on all that it is given, so that nothing unknown slips through", () => {
  const options = { id: "f", triggers: [{ event: "go" }], onCancle: () => null } as const;
  expect(() => new Millrace({ id: "shop" }).createFunction(options, () => null)).toThrow("did you mean onCancel?");
});
