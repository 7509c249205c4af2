// What people did, from the log.
import { auditPage } from "../audit/audit-pages.ts";
import { AuditPage, AuditQuery } from "../contract/audit.ts";
import type { Api } from "../http/api.ts";
import { json, route } from "../http/route.ts";
import { ServerError } from "../http/server-error.ts";
import type { ServedApp } from "../served-app.ts";

const list = route("read", {
  method: "get",
  path: "/audit",
  summary: "What people did, the newest first",
  request: { query: AuditQuery },
  responses: { 200: { description: "A page of the audit", content: json(AuditPage) } },
});

export function auditResource(api: Api, { log, topics }: ServedApp): void {
  api.openapi(list, async (c) => {
    const { cursor, limit, target = null } = c.req.valid("query");
    const before = cursor === undefined ? null : offsetOf(cursor);
    const { items, next } = await auditPage(log, topics, { limit, before, target }, c.req.raw.signal);
    return c.json({ items: [...items], next }, 200);
  });
}

function offsetOf(cursor: string): number {
  const offset = Number(cursor);
  if (/^\d+$/.test(cursor) && Number.isSafeInteger(offset)) return offset;
  throw new ServerError("INVALID_REQUEST", "query.cursor: give the `next` of a page as it was", {
    faults: [{ path: "query.cursor", message: "it is not one of this list" }],
  });
}
