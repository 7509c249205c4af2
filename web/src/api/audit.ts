// What people did.
import { infiniteQueryOptions } from "@tanstack/react-query";

import type { AuditEntry } from "../../../server/contract/audit.ts";
import { KEYS } from "./keys.ts";
import { pagesOf } from "./paging.ts";

export function auditQuery(target: string | undefined) {
  return infiniteQueryOptions({
    queryKey: [...KEYS.audit, target ?? null],
    ...pagesOf<AuditEntry>("/audit", { target }),
    refetchInterval: 10_000,
  });
}
