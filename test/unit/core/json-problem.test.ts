import { expect, test } from "vitest";
import { jsonProblem } from "../../../engine/core/json-problem.ts";

test.each(["canary", "{canary}", '{"a": canary}', `[1, ${"x".repeat(100)} canary`, '"canary', '{"a":"canary"', "canary\n", '"can\nary"'])(
  "why %j is no JSON is said without any of it",
  (text) => {
    let problem = "";
    try {
      JSON.parse(text);
    } catch (error) {
      problem = jsonProblem(error);
    }
    expect(problem).not.toBe("");
    expect(problem).not.toMatch(/can|ary|xxx/);
  },
);
