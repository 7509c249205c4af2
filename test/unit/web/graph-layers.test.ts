import fc from "fast-check";
import { expect, test } from "vitest";
import { drawingOf, NODE } from "../../../web/src/pages/run/graph/layers.ts";

type Graph = Parameters<typeof drawingOf>[0];

function graph(edges: readonly (readonly [from: string, to: string])[], subject: string): Graph {
  const ids = [...new Set([subject, ...edges.flat()])];
  return {
    nodes: ids.map((id) => ({ id, kind: "run", label: id, status: "completed", isSubject: id === subject })),
    edges: edges.map(([from, to]) => ({ from, to, by: "sent", step: null })),
  };
}

test("what causes stands left of what it causes, however long the way", () => {
  const { nodes } = drawingOf(
    graph(
      [
        ["a", "b"],
        ["b", "c"],
        ["a", "c"],
        ["c", "d"],
      ],
      "b",
    ),
  );
  const x = new Map(nodes.map((placed) => [placed.node.id, placed.x]));
  const ordered = ["a", "b", "c", "d"].map((id) => x.get(id) ?? Number.NaN);
  expect(ordered).toEqual(ordered.toSorted((one, other) => one - other));
  expect(new Set(ordered).size).toBe(4);
});

test("a run that waited for what it had caused makes no endless way: that edge leads back", () => {
  const { nodes, edges } = drawingOf(
    graph(
      [
        ["run", "event"],
        ["event", "other"],
        ["other", "answer"],
        ["answer", "run"],
      ],
      "run",
    ),
  );
  expect(nodes).toHaveLength(4);
  expect(edges.filter(({ isBack }) => isBack)).toHaveLength(1);
});

test("no two nodes lie on each other, and all lie within the drawing", () => {
  const edge = fc.tuple(fc.nat(14), fc.nat(14)).map(([from, to]) => [`n${from}`, `n${to}`] as const);
  fc.assert(
    fc.property(fc.array(edge, { maxLength: 40 }), (edges) => {
      const { nodes, width, height } = drawingOf(graph(edges, "n0"));
      for (const { x, y } of nodes) {
        expect(x + NODE.width).toBeLessThanOrEqual(width);
        expect(y + NODE.height).toBeLessThanOrEqual(height);
      }
      expect(new Set(nodes.map(({ x, y }) => `${x}/${y}`)).size).toBe(nodes.length);
    }),
  );
});

test("of too many nodes the nearest to the subject are drawn, and the rest is counted", () => {
  const edges = Array.from({ length: 1_000 }, (_, at) => [`n${at}`, `n${at + 1}`] as const);
  const { nodes, left } = drawingOf(graph(edges, "n500"));
  expect(nodes.length + left).toBe(1_001);
  expect(nodes.some(({ node }) => node.isSubject)).toBe(true);
  expect(nodes.every(({ node }) => Math.abs(Number(node.id.slice(1)) - 500) <= 100)).toBe(true);
});
