// What was, and what would be: two pieces of JSON next to each other, with what differs marked.
import "./replays.css";

import { useMemo, useState, type ReactElement } from "react";

import { Button } from "../../components/button.tsx";
import { visible } from "../../text/visible.ts";
import { diffLines, linesOf, type DiffRow } from "./line-diff.ts";

const SHOWN_ROWS = 60;
/** Lines that are the same are shown so far from one that is not. */
const NEAR = 3;

export function SideBySide({ was, is }: { readonly was: string | null; readonly is: string | null }): ReactElement {
  const rows = useMemo(() => nearChanges(diffLines(linesOf(was ?? ""), linesOf(is ?? ""))), [was, is]);
  const [isWhole, setIsWhole] = useState(false);
  const shown = isWhole ? rows : rows.slice(0, SHOWN_ROWS);
  return (
    <div className="diff" role="group" aria-label="What was, and what would be" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Was</th>
            <th scope="col">Would be</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((row, index) =>
            row === null ? (
              <tr key={index}>
                <td colSpan={2} className="quiet">
                  …
                </td>
              </tr>
            ) : (
              <tr key={index} className={`diff-${row.kind}`}>
                <Side line={row.left} isChanged={row.kind !== "same"} word="removed" />
                <Side line={row.right} isChanged={row.kind !== "same"} word="added" />
              </tr>
            ),
          )}
        </tbody>
      </table>
      {rows.length > shown.length && (
        <Button isSmall onClick={() => setIsWhole(true)}>
          {rows.length - shown.length === 1 ? "Show one more line" : `Show ${rows.length - shown.length} more lines`}
        </Button>
      )}
    </div>
  );
}

function Side({
  line,
  isChanged,
  word,
}: {
  readonly line: string | null;
  readonly isChanged: boolean;
  readonly word: string;
}): ReactElement {
  if (line === null) return <td />;
  return (
    <td>
      {/* Colour alone would not tell. */}
      {isChanged && <span className="unseen">{word}: </span>}
      {visible(line)}
    </td>
  );
}

/** Null stands for lines that were left out. */
function nearChanges(rows: readonly DiffRow[]): readonly (DiffRow | null)[] {
  const changed = rows.flatMap(({ kind }, index) => (kind === "same" ? [] : [index]));
  const isNear = new Set(changed.flatMap((at) => Array.from({ length: 2 * NEAR + 1 }, (_, offset) => at - NEAR + offset)));
  return rows.flatMap((row, index) => {
    if (changed.length === 0 || isNear.has(index)) return [row];
    return index === 0 || isNear.has(index - 1) ? [null] : [];
  });
}
