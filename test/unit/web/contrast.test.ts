// What the dashboard's colours are told apart by, as WCAG 2.2 measures it, in both themes.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { must } from "../../../engine/core/errors.ts";

const css = readFileSync(new URL("../../../web/src/styles/tokens.css", import.meta.url), "utf8");
const [light = "", dark = ""] = css.split(':root[data-theme="dark"]');

const GROUNDS = ["paper", "surface", "sunken", "hover"];
const TONES = ["good", "bad", "warn", "busy", "rest", "calm"];

describe.each([
  ["light", light],
  ["dark", dark],
])("%s", (_, theme) => {
  const colours = new Map(Array.from(theme.matchAll(/--([\w-]+): (#[\da-f]{6});/g), ([, name = "", colour = ""]) => [name, colour]));
  const colour = (name: string): string => must(colours.get(name), `--${name}`);

  test.each(["ink", "ink-2", "ink-3", "accent", ...TONES])("text in %s is 4.5:1 on every ground (1.4.3)", (name) => {
    for (const ground of GROUNDS) expect(contrast(colour(name), colour(ground)), ground).toBeGreaterThanOrEqual(4.5);
  });

  test.each(TONES)("text in %s is 4.5:1 on its own soft ground (1.4.3)", (name) => {
    expect(contrast(colour(name), colour(`${name}-soft`))).toBeGreaterThanOrEqual(4.5);
  });

  test.each(["line-strong", "focus", ...TONES.map((tone) => `bar-${tone}`)])("%s is 3:1 on every ground (1.4.11)", (name) => {
    for (const ground of GROUNDS) expect(contrast(colour(name), colour(ground)), ground).toBeGreaterThanOrEqual(3);
  });
});

function contrast(one: string, other: string): number {
  const [lighter = 0, darker = 0] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
  return (lighter + 0.05) / (darker + 0.05);
}

/** WCAG's relative luminance of `#rrggbb`. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
