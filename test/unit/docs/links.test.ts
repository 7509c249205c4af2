// Links between pages lead somewhere: to a file, and where they name a heading, to that.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { readPages, ROOT } from "./pages.ts";

test("links between pages lead somewhere", () => {
  const pages = readPages("*.md", "docs/**/*.md", "{engine,cli,consumers,bench,examples,test}/**/*.md");
  const broken = pages.flatMap(({ file, text }) =>
    linksOf(text)
      .filter((link) => !leadsSomewhere(file, link))
      .map((link) => `${file}: ${link}`),
  );
  expect(broken).toEqual([]);
});

function linksOf(text: string): string[] {
  const prose = text.replaceAll(/^```.*?^```$/gms, "").replaceAll(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? "").filter((link) => !/^[a-z]+:/.test(link));
}

function leadsSomewhere(from: string, link: string): boolean {
  const [target = "", heading] = link.split("#");
  const file = path.join(ROOT, target === "" ? from : path.join(path.dirname(from), target));
  if (!existsSync(file)) return false;
  return heading === undefined || headingsOf(readFileSync(file, "utf8")).includes(heading);
}

/** As GitHub makes anchors of them. */
function headingsOf(text: string): string[] {
  return [...text.replaceAll(/^```.*?^```$/gms, "").matchAll(/^#+ (.+)$/gm)].map((match) =>
    (match[1] ?? "")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
