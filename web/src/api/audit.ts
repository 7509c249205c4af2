// What people did.
import { infiniteQueryOptions } from "@tanstack/react-query";

import type { AuditEntry } from "../../../server/contract/audit.ts";
import type { Page } from "../../../server/contract/words.ts";
import { get } from "./client.ts";
import { KEYS } from "./keys.ts";

const PAGE_SIZE = 100;

export function auditQuery(target: string | undefined) {
  return infiniteQueryOptions({
    queryKey: [...KEYS.audit, target ?? null],
    queryFn: ({ signal, pageParam }) => get<Page<AuditEntry>>("/audit", { query: { target, limit: PAGE_SIZE, cursor: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    refetchInterval: 10_000,
  });
}
