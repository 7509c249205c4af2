// Operations: what takes a while, followed and stopped.
import { z } from "../contract/words.ts";
import { Operation, OperationList } from "../contract/operations.ts";
import { actorOf, type Api } from "../http/api.ts";
import { json, route } from "../http/route.ts";
import { notFound, ServerError } from "../http/server-error.ts";
import type { ServedApp, ServerTools } from "../served-app.ts";

const Id = z.object({ id: z.string().min(1).max(200) });
const GONE = "Operations are remembered by the server that began them, until it is stopped";

const list = route("read", {
  method: "get",
  path: "/operations",
  summary: "What takes a while: running, and lately over; the newest first",
  responses: { 200: { description: "Operations", content: json(OperationList) } },
});
const show = route("read", {
  method: "get",
  path: "/operations/{id}",
  summary: "How far an operation is",
  request: { params: Id },
  responses: { 200: { description: "The operation", content: json(Operation) } },
});
const stop = route("operate", {
  method: "post",
  path: "/operations/{id}/stop",
  summary: "Stop an operation: what it has done stays done",
  request: { params: Id },
  responses: { 200: { description: "As it was when it was told", content: json(Operation) } },
});

export function operationsResource(api: Api, _served: ServedApp, { operations, audit }: ServerTools): void {
  api.openapi(list, (c) => c.json({ items: [...operations.list()] }, 200));

  api.openapi(show, (c) => {
    const { id } = c.req.valid("param");
    const operation = operations.get(id);
    if (operation === null) throw notFound(`operation ${id}`, GONE);
    return c.json(operation, 200);
  });

  api.openapi(stop, async (c) => {
    const { id } = c.req.valid("param");
    if (operations.get(id) === null) throw notFound(`operation ${id}`, GONE);
    const asked = await audit.asked({ actor: actorOf(c), operation: "operation.stop", target: id });
    if (!operations.stop(id)) {
      await asked.failed("it was over");
      throw new ServerError("CONFLICT", `operation ${id} is over`);
    }
    const operation = operations.get(id);
    if (operation === null) throw notFound(`operation ${id}`, GONE);
    return c.json(operation, 200);
  });
}
