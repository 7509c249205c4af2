// What every page is made of: its name, what can be done with all of it, and what it shows.
import "./page.css";

import { useEffect, type ReactElement, type ReactNode } from "react";

import { visible } from "../text/visible.ts";

interface Props {
  /** Stands in the tab of the browser, too. */
  readonly title: string;
  /** Behind the title: a status, a count. */
  readonly aside?: ReactNode;
  readonly actions?: ReactNode;
  /** Where this page hangs: links to what is above it. */
  readonly crumbs?: ReactNode;
  readonly children: ReactNode;
}

export function Page({ title, aside, actions, crumbs, children }: Props): ReactElement {
  useEffect(() => {
    document.title = `${visible(title)} · Millrace`;
  }, [title]);
  return (
    <div className="page">
      <header className="page-head">
        {crumbs !== undefined && (
          <nav className="crumbs" aria-label="Breadcrumbs">
            {crumbs}
          </nav>
        )}
        <h1>{visible(title)}</h1>
        {aside}
        {actions !== undefined && <div className="row push">{actions}</div>}
      </header>
      {children}
    </div>
  );
}
