// What is made of names and times that are odd, as the page has it.
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { JsonView } from "../../../web/src/components/json-view.tsx";
import { JsonField } from "../../../web/src/pages/run/actions/json-field.tsx";
import { dueWords } from "../../../web/src/pages/run/holdups.tsx";

test("names of strangers in what a payload is called, or a field for it, turn no letters around", () => {
  const label = "Input: user\u202Egpj.exe";
  const pages = [
    createElement(JsonView, { label, text: "{}" }),
    createElement(JsonView, { label, text: null }),
    createElement(JsonField, { label, value: "{}", onChange: () => undefined }),
  ].map((element) => renderToStaticMarkup(element));
  for (const page of pages) {
    expect(page).toContain("user\\u202Egpj.exe");
    expect(page).not.toContain("\u202E");
  }
});

test("what a run waits for is said to come as long as it is to come", () => {
  expect(dueWords("RETRYING", 2_000, 1_000)).toBe("it tries again");
  expect(dueWords("RETRYING", 1_000, 2_000)).toBe("it was to try again");
  expect(dueWords("HELD_BY_GATE", 2_000, 1_000)).toBe("it starts");
  expect(dueWords("NEW_CODE", 2_000, 1_000)).toBe("it goes on");
});
