// Leads to an event: by its id, or by where it stands.
import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";

import { visible } from "../text/visible.ts";

export function EventLink({ id, children }: { readonly id: string; readonly children: string }): ReactElement {
  return (
    <Link to="/events/$id" params={{ id }}>
      <bdi>{visible(children)}</bdi>
    </Link>
  );
}
