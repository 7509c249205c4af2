// What is wrong now, each a link to where it can be mended; or that nothing is.
import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";

import { Icon } from "../../components/icon.tsx";
import { visible } from "../../text/visible.ts";
import type { Concern } from "./concerns.ts";

export function Concerns(of: {
  readonly concerns: readonly Concern[];
  /** False: the history of runs lacks something. */
  readonly isAllKnown: boolean;
}): ReactElement {
  const { concerns, isAllKnown } = of;
  if (concerns.length === 0)
    return (
      <p className={`all-well tone-${isAllKnown ? "good" : "calm"}`}>
        {isAllKnown && <Icon name="check" />}
        {isAllKnown
          ? "Nothing needs you: no run is stuck, no partition has stopped, and nothing failed lately."
          : "No partition has stopped. In what the history of runs has so far no run is stuck, and nothing failed lately."}
      </p>
    );
  return (
    <section aria-labelledby="concerns">
      <h2 id="concerns">Needs attention</h2>
      <ul className="concerns">
        {concerns.map(({ tone, title, hint, link: { to, status } }) => (
          <li key={title} className={`tone-${tone}`}>
            <Link to={to} {...(status !== undefined && { search: { status } })}>
              <Icon name="warning" />
              <span>
                <strong className="breaks">{visible(title)}</strong>
                <span className="hint">{visible(hint)}</span>
              </span>
              <Icon name="chevronRight" size={13} />
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
