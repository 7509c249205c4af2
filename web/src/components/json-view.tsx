// A payload: text of strangers, shown as text. Never HTML, never a link; characters that nobody sees are written out; what is huge is cut.
import "./json-view.css";

import { useMemo, useState, type ReactElement } from "react";

import { byteSize } from "../text/time.ts";
import { jsonTree, type JsonTree } from "../text/json-tree.ts";
import { visible } from "../text/visible.ts";
import { Button } from "./button.tsx";
import { CopyButton } from "./copy-button.tsx";

interface Props {
  /** What it is, for people: `Output`. The names in it may be of strangers. */
  readonly label: string;
  /** JSON, or any text. Null: who looks may not see it, or there is none. */
  readonly text: string | null;
  /** Instead of it, where it is null. */
  readonly none?: string;
}

/** Of what is larger, a tree would be slow, and nobody could find anything in it. */
const TREE_CHARACTERS = 200_000;
const SHOWN_CHARACTERS = 10_000;
const SHOWN_STRING = 2_000;
const SHOWN_CHILDREN = 100;
/** As the API has what was erased with its subject. */
const ERASED = '{"$erased":true}';

export function JsonView({ label: given, text, none = "none" }: Props): ReactElement {
  const label = visible(given);
  const tree = useMemo(() => (text === null || text.length > TREE_CHARACTERS ? null : jsonTree(text)), [text]);
  if (text === null)
    return (
      <p className="quiet">
        {label}: {none}
      </p>
    );
  if (text === ERASED) {
    return (
      <p className="quiet">
        {label}: <strong>erased</strong>, with all data of its subject
      </p>
    );
  }
  return (
    <section className="json" aria-label={label}>
      <header>
        <span>{label}</span>
        <span>{text.length > 1_000 && byteSize(text.length)}</span>
        <CopyButton text={text} label={`Copy ${label.toLowerCase()}`} />
      </header>
      <div className="json-body" tabIndex={0} role="group" aria-label={`${label}, as text`}>
        {tree === null ? <CutText text={text} most={SHOWN_CHARACTERS} /> : <Tree tree={tree} depth={0} />}
      </div>
    </section>
  );
}

function Tree({ tree, depth }: { readonly tree: JsonTree; readonly depth: number }): ReactElement {
  switch (tree.kind) {
    case "word":
      return <span className="json-word">{tree.text}</span>;
    case "string":
      return (
        <span className="json-string">
          &quot;
          <CutText text={tree.text} most={SHOWN_STRING} />
          &quot;
        </span>
      );
    case "array":
      return (
        <Branch
          count={tree.items.length}
          of="[]"
          depth={depth}
          child={(at) => at < tree.items.length && <Tree tree={itemAt(tree.items, at)} depth={depth + 1} />}
        />
      );
    case "object":
      return (
        <Branch
          count={tree.entries.length}
          of="{}"
          depth={depth}
          child={(at) => {
            const { key, value } = itemAt(tree.entries, at);
            return (
              <>
                <span className="json-key">
                  <CutText text={key} most={SHOWN_STRING} />
                </span>
                {": "}
                <Tree tree={value} depth={depth + 1} />
              </>
            );
          }}
        />
      );
  }
}

function Branch(of: {
  readonly count: number;
  readonly of: "[]" | "{}";
  readonly depth: number;
  readonly child: (at: number) => ReactElement | false;
}): ReactElement {
  const [isOpen, setIsOpen] = useState(of.depth < 3 && of.count <= SHOWN_CHILDREN);
  const [most, setMost] = useState(SHOWN_CHILDREN);
  if (of.count === 0) return <span>{of.of}</span>;
  const what = of.of === "[]" ? "item" : "field";
  return (
    <details open={isOpen} onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>
        {of.of[0]}
        <span className="quiet">
          {" "}
          {of.count} {what}
          {of.count > 1 && "s"}{" "}
        </span>
        {of.of[1]}
      </summary>
      {/* What is closed is not in the page. */}
      {isOpen && (
        <ul>
          {Array.from({ length: Math.min(of.count, most) }, (_, at) => (
            <li key={at}>{of.child(at)}</li>
          ))}
          {of.count > most && (
            <li>
              <Button isSmall onClick={() => setMost(most + 10 * SHOWN_CHILDREN)}>
                {of.count - most === 1 ? `Show one more ${what}` : `Show more of ${of.count - most} ${what}s`}
              </Button>
            </li>
          )}
        </ul>
      )}
    </details>
  );
}

/** Text that may be long, and be anything. */
export function CutText({ text, most }: { readonly text: string; readonly most: number }): ReactElement {
  const [isWhole, setIsWhole] = useState(false);
  if (text.length <= most) return <>{visible(text)}</>;
  if (isWhole) return <Chunks text={text} />;
  return (
    <>
      {visible(text.slice(0, most))}…{" "}
      <Button isSmall onClick={() => setIsWhole(true)}>
        Show all ({byteSize(text.length)})
      </Button>
    </>
  );
}

/** In pieces, of which the browser lays out only those that are seen. A pair that makes one character is not torn. */
function Chunks({ text }: { readonly text: string }): ReactElement {
  const chunks = useMemo(() => text.match(CHUNK) ?? [], [text]);
  return (
    <>
      {chunks.map((chunk, at) => (
        <span key={at} className="json-chunk">
          {visible(chunk)}
        </span>
      ))}
    </>
  );
}

const CHUNK = /[^]{1,4000}/gu;

function itemAt<Item>(items: readonly Item[], at: number): Item {
  const item = items[at];
  if (item === undefined) throw new RangeError(`no item ${at} of ${items.length}`);
  return item;
}
