// Where the nodes of a graph of causes stand: what causes comes left of what it causes. Pure.
import type { Lineage } from "../../../../../server/contract/runs.ts";

type Node = Lineage["nodes"][number];
type Edge = Lineage["edges"][number];

export interface Placed {
  readonly node: Node;
  readonly x: number;
  readonly y: number;
}

export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly Placed[];
  readonly edges: readonly {
    readonly edge: Edge;
    readonly path: string;
    /** It leads back to the left: a run that waited for what it had caused. */ readonly isBack: boolean;
  }[];
  /** Nodes that are not drawn, since there are too many. */
  readonly left: number;
}

export const NODE = { width: 184, height: 44 } as const;
const GAP = { x: 76, y: 14 } as const;
const EDGE = 2;
/** More than that nobody can read; the list has them all. */
const MOST = 150;

export function drawingOf({ nodes: all, edges: allEdges }: Pick<Lineage, "nodes" | "edges">): Drawing {
  const nodes = nearest(all, allEdges);
  const known = new Set(nodes.map(({ id }) => id));
  const edges = allEdges.filter(({ from, to }) => known.has(from) && known.has(to) && from !== to);
  const layers = columns(nodes, edges);
  const height = Math.max(...layers.map(({ length }) => length), 1);
  const placed = new Map<string, Placed>();
  for (const [column, layer] of layers.entries()) {
    const top = ((height - layer.length) * (NODE.height + GAP.y)) / 2;
    for (const [row, node] of layer.entries()) {
      placed.set(node.id, { node, x: EDGE + column * (NODE.width + GAP.x), y: EDGE + top + row * (NODE.height + GAP.y) });
    }
  }
  return {
    width: 2 * EDGE + layers.length * (NODE.width + GAP.x) - GAP.x,
    height: 2 * EDGE + height * (NODE.height + GAP.y) - GAP.y,
    nodes: [...placed.values()],
    edges: edges.flatMap((edge) => {
      const from = placed.get(edge.from);
      const to = placed.get(edge.to);
      return from === undefined || to === undefined ? [] : [{ edge, ...pathOf(from, to) }];
    }),
    left: all.length - nodes.length,
  };
}

/** The subject, and those that are the fewest steps away from it. */
function nearest(nodes: readonly Node[], edges: readonly Edge[]): readonly Node[] {
  if (nodes.length <= MOST) return nodes;
  const beside = new Map<string, string[]>();
  const join = (from: string, to: string): void => void beside.set(from, [...(beside.get(from) ?? []), to]);
  for (const { from, to } of edges) {
    join(from, to);
    join(to, from);
  }
  const found = new Set(nodes.filter(({ isSubject }) => isSubject).map(({ id }) => id));
  for (const id of found) {
    for (const next of beside.get(id) ?? []) if (found.size < MOST) found.add(next);
  }
  return nodes.filter(({ id }) => found.has(id));
}

/** By the longest way from a cause that has none itself; a way that comes back to where it was is not followed. */
function columns(nodes: readonly Node[], edges: readonly Edge[]): readonly (readonly Node[])[] {
  const causes = new Map(nodes.map(({ id }) => [id, edges.filter(({ to }) => to === id).map(({ from }) => from)]));
  const depths = new Map<string, number>();
  const depthOf = (id: string, way: ReadonlySet<string>): number => {
    const known = depths.get(id);
    if (known !== undefined) return known;
    const behind = new Set([...way, id]);
    const depth = Math.max(-1, ...(causes.get(id) ?? []).filter((cause) => !behind.has(cause)).map((cause) => depthOf(cause, behind))) + 1;
    depths.set(id, depth);
    return depth;
  };
  const layers: Node[][] = [];
  for (const node of nodes) (layers[depthOf(node.id, new Set())] ??= []).push(node);
  return untangled(layers.filter(Boolean), causes);
}

/** Each beside the middle of its causes, so that lines cross little. */
function untangled(layers: readonly Node[][], causes: ReadonlyMap<string, readonly string[]>): readonly (readonly Node[])[] {
  const rows = new Map<string, number>();
  return layers.map((layer) => {
    const middle = (node: Node, at: number): number => {
      const above = (causes.get(node.id) ?? []).flatMap((cause) => rows.get(cause) ?? []);
      return above.length === 0 ? at : above.reduce((sum, row) => sum + row, 0) / above.length;
    };
    const sorted = layer
      .map((node, at) => ({ node, at: middle(node, at) }))
      .toSorted((one, other) => one.at - other.at)
      .map(({ node }) => node);
    for (const [row, { id }] of sorted.entries()) rows.set(id, row);
    return sorted;
  });
}

function pathOf(from: Placed, to: Placed): { path: string; isBack: boolean } {
  const isBack = to.x <= from.x;
  const [x1, y1] = [from.x + NODE.width, from.y + NODE.height / 2];
  const [x2, y2] = [to.x, to.y + NODE.height / 2];
  const bend = isBack ? 40 : Math.max(24, (x2 - x1) / 2);
  return { path: `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`, isBack };
}
