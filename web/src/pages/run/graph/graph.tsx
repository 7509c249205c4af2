// What a run came of and what came of it: a drawing whose nodes are links, and the same as a list.
import "./graph.css";

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useId, useMemo, type ReactElement } from "react";

import type { Lineage } from "../../../../../server/contract/runs.ts";
import { runLineageQuery } from "../../../api/runs.ts";
import { EventLink } from "../../../components/event-link.tsx";
import { Empty, Failure, Loading, Notice } from "../../../components/states.tsx";
import { Status, toneOf } from "../../../components/status.tsx";
import { visible } from "../../../text/visible.ts";
import { drawingOf, NODE, type Placed } from "./layers.ts";

type Edge = Lineage["edges"][number];

export function CausesAndEffects({ run }: { readonly run: string }): ReactElement {
  const lineage = useQuery(runLineageQuery(run));
  if (lineage.data !== undefined) return <LineageView lineage={lineage.data} />;
  if (lineage.isPending) return <Loading what="causes and effects" />;
  return <Failure error={lineage.error} onRetry={() => void lineage.refetch()} />;
}

/** Of a run or of an event. */
export function LineageView({ lineage }: { readonly lineage: Lineage }): ReactElement {
  if (lineage.edges.length === 0)
    return (
      <Empty title="Nothing led here, and nothing came of it">
        <p>No event that the history knows started this, and it sent none and invoked nothing.</p>
      </Empty>
    );
  return (
    <section className="stack" aria-label="Causes and effects">
      {lineage.isCut && <Notice tone="warn">There is more than fits here: follow a node at the edge to see what lies behind it.</Notice>}
      <Drawing lineage={lineage} />
      <details className="card">
        <summary>As a list</summary>
        <EdgeList lineage={lineage} />
      </details>
    </section>
  );
}

const WORDS: Readonly<Record<Edge["by"], string>> = {
  triggered: "started",
  sent: "sent",
  awaited: "was awaited by",
  invoked: "invoked",
  rerun: "was repeated by",
};

function Drawing({ lineage }: { readonly lineage: Lineage }): ReactElement {
  const drawing = useMemo(() => drawingOf(lineage), [lineage]);
  const arrow = useId();
  return (
    <>
      <div className="graph" role="group" aria-label="Drawing: causes on the left, effects on the right" tabIndex={0}>
        <svg width={drawing.width} height={drawing.height} viewBox={`0 0 ${drawing.width} ${drawing.height}`}>
          <defs>
            <marker id={arrow} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
              <path d="M0 0.5 7.5 4 0 7.5z" className="graph-tip" />
            </marker>
          </defs>
          {drawing.edges.map(({ edge, path, isBack }, at) => (
            <path key={at} d={path} className={`graph-edge by-${edge.by}${isBack ? " is-back" : ""}`} markerEnd={`url(#${arrow})`}>
              <title>{visible(`${WORDS[edge.by]}${edge.step === null ? "" : ` (${edge.step})`}`)}</title>
            </path>
          ))}
          {drawing.nodes.map((placed) => (
            <NodeLink key={placed.node.id} placed={placed} />
          ))}
        </svg>
      </div>
      {drawing.left > 0 && (
        <p className="quiet">{drawing.left === 1 ? "One more is in the list." : `${drawing.left} more are in the list.`}</p>
      )}
    </>
  );
}

const LONGEST_LABEL = 24;

function NodeLink({ placed: { node, x, y } }: { readonly placed: Placed }): ReactElement {
  const label = visible(node.label);
  const shown = (
    <g
      className={`graph-node is-${node.kind} tone-${node.status === null ? "calm" : toneOf(node.status)}${node.isSubject ? " is-subject" : ""}`}
    >
      <title>{`${label}${node.status === null ? "" : `, ${node.status}`}`}</title>
      <rect x={x} y={y} width={NODE.width} height={NODE.height} rx={node.kind === "event" ? NODE.height / 2 : 7} />
      <text x={x + 16} y={y + 18} className="graph-label">
        {label.length > LONGEST_LABEL ? `${label.slice(0, LONGEST_LABEL - 1)}…` : label}
      </text>
      <text x={x + 16} y={y + 34} className="graph-kind">
        {node.kind === "event" ? "event" : `run · ${node.status ?? "?"}`}
      </text>
    </g>
  );
  if (node.kind === "run")
    return (
      <Link to="/runs/$id" params={{ id: node.id }} search={{ view: "graph" }}>
        {shown}
      </Link>
    );
  return (
    <Link to="/events/$id" params={{ id: node.id }}>
      {shown}
    </Link>
  );
}

function EdgeList({ lineage: { nodes, edges } }: { readonly lineage: Lineage }): ReactElement {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  return (
    <ul className="graph-list">
      {edges.map(({ from, to, by, step }, at) => (
        <li key={at}>
          <NodeName id={from} node={byId.get(from)} /> {WORDS[by]} <NodeName id={to} node={byId.get(to)} />
          {step !== null && (
            <span className="quiet">
              {" "}
              in step <bdi>{visible(step)}</bdi>
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

function NodeName({ id, node }: { readonly id: string; readonly node: Lineage["nodes"][number] | undefined }): ReactElement {
  if (node === undefined) return <code>{visible(id)}</code>;
  if (node.kind === "event") return <EventLink id={id}>{node.label}</EventLink>;
  return (
    <>
      <Link to="/runs/$id" params={{ id }}>
        <bdi>{visible(node.label)}</bdi>
      </Link>{" "}
      {node.status !== null && <Status tone={toneOf(node.status)}>{node.status}</Status>}
    </>
  );
}
