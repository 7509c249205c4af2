// What pages and dashboards say of metrics is what there is.
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { Meters } from "../../../engine/observability/meters.ts";
import { prometheusText } from "../../../engine/observability/prometheus.ts";
import { COUNTED_DEAD_LETTERS } from "../../../engine/observability/zeros.ts";
import { readPages, ROOT } from "./pages.ts";

const families = new Meters().families();

test("the guide's table has every metric with its kind, its labels and its help, and no other", () => {
  const [page] = readPages("docs/guide/observability.md");
  const rows = [...(page?.text ?? "").matchAll(/^\| `(millrace_\w+)` *\| (\w+) *\| (.*?) *\| (.*?) *\|$/gm)].map(
    ([, name, kind, labels, help]) => ({
      name,
      kind,
      labels,
      help,
    }),
  );
  expect(rows).toEqual(
    families.map(({ name, kind, labels, help }) => ({
      name,
      kind,
      labels: labels.map((label) => `\`${label}\``).join(", "),
      help: help.replace(/\.$/, ""),
    })),
  );
});

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets?: readonly { readonly expr: string }[] }[];
}

const dashboard = JSON.parse(readFileSync(path.join(ROOT, "docs/grafana/millrace.json"), "utf8")) as Dashboard;
const expressions = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

test("every expression of the dashboard names metrics that there are, and labels that they have", async () => {
  const text = await prometheusText([{ labels: { app: "a", consumer: "" }, meters: new Meters() }]);
  const types = new Map([...text.matchAll(/^# TYPE (\S+) (\w+)$/gm)].map((match) => [match[1] ?? "", match[2] ?? ""]));
  const labelsOf = new Map(families.map(({ name, labels }) => [name, [...labels, "app", "consumer", "le"]]));
  expect(expressions.length).toBeGreaterThan(30);
  for (const expression of expressions) {
    const used = [...expression.matchAll(/\b(?:millrace|nodejs|process)_\w+/g)].map(([name]) => name);
    expect(used.length, expression).toBeGreaterThan(0);
    for (const name of used) {
      const base = types.has(name) ? name : name.replace(/_(bucket|sum|count)$/, "");
      expect(types.get(base), `${name} in ${expression}`).toBeDefined();
      expect(name === base || types.get(base) === "histogram", `${name} in ${expression}`).toBe(true);
      const grouped = /\bby \(([^)]*)\)/.exec(expression)?.[1]?.split(", ") ?? [];
      const selected = [...expression.matchAll(/(\w+)=~?"/g)].map((match) => match[1] ?? "");
      // Of the process itself nothing names the app: Prometheus gives each of its series the process.
      const labels = [...(labelsOf.get(base) ?? []), "instance"];
      for (const label of [...grouped, ...selected]) expect(labels, `${label} in ${expression}`).toContain(label);
    }
  }
});

test("expressions of the dashboard are of the app that is chosen, and keep partitions of consumers apart from those of the app", () => {
  for (const expression of expressions) {
    for (const [, name] of expression.matchAll(/\b((?:millrace|nodejs|process)_\w+)/g)) {
      const filter = name?.startsWith("millrace_") === true ? 'app=~"$app"' : 'instance=~"$instance"';
      expect(expression, expression).toContain(filter);
    }
    const grouped = /\bby \(([^)]*)\)/.exec(expression)?.[1]?.split(", ") ?? [];
    if (grouped.includes("partition")) expect(grouped, expression).toContain("consumer");
  }
});

test("every metric of the engine is on the dashboard", () => {
  const all = expressions.join("\n");
  expect(families.filter(({ name }) => !new RegExp(`\\b${name}(_bucket|_sum|_count)?\\b`).test(all)).map(({ name }) => name)).toEqual([]);
});

test("dead letters are counted from zero by each code that the guide has for events that are set aside", () => {
  const [page] = readPages("docs/guide/when-something-stops.md");
  const section = /^## Events that are set aside$(.*?)^## /ms.exec(page?.text ?? "")?.[1] ?? "";
  const codes = [...section.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, code = ""]) => code);
  expect(codes.length).toBeGreaterThan(10);
  expect(new Set<string>(COUNTED_DEAD_LETTERS.unreadable)).toEqual(new Set(codes));
});
