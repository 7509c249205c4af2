// How far something is that takes a while.
import "./progress.css";

import type { ReactElement } from "react";

import { amount } from "../text/time.ts";

/** @param total null: nobody knows */
export function Progress({
  label,
  done,
  total,
}: {
  readonly label: string;
  readonly done: number;
  readonly total: number | null;
}): ReactElement {
  return (
    <div className="progress">
      <progress aria-label={label} {...(total !== null && { value: Math.min(done, total), max: Math.max(total, 1) })} />
      <span>
        {amount(done)}
        {total !== null && ` of ${amount(total)}`}
      </span>
    </div>
  );
}
