// The API's description, as tools read it.
import { OpenAPIHono } from "@hono/zod-openapi";
import { expect, test } from "vitest";
import { describeApi } from "../../../server/http/description.ts";
import { newApi } from "../../../server/http/api.ts";
import { json, route } from "../../../server/http/route.ts";
import { Operation } from "../../../server/contract/operations.ts";
import { CancelBody, ShownRun } from "../../../server/contract/runs.ts";
import { BulkDeadLetters } from "../../../server/contract/dead-letters.ts";

function described() {
  const api = newApi();
  const answers = { 200: { description: "it", content: json(ShownRun.extend({ operation: Operation })) } };
  const body = (schema: typeof CancelBody | typeof BulkDeadLetters) => ({ body: { content: json(schema) } });
  api.openapi(route("read", { method: "get", path: "/one", responses: answers }), () => new Response() as never);
  api.openapi(
    route("operate", { method: "post", path: "/cancel", request: body(CancelBody), responses: answers }),
    () => new Response() as never,
  );
  api.openapi(
    route("operate", { method: "post", path: "/bulk", request: body(BulkDeadLetters), responses: answers }),
    () => new Response() as never,
  );
  return describeApi(new OpenAPIHono().route("/", api) as ReturnType<typeof newApi>, "1.0.0");
}

test("what may be null says so where its kind is a component of its own", () => {
  const { components } = described();
  const text = JSON.stringify(components);
  const nullable = Object.entries(components?.schemas ?? {}).filter(
    ([, schema]) => "type" in schema && JSON.stringify(schema.type).includes("null"),
  );
  expect(nullable).toEqual([]);
  expect(text).toContain('{"anyOf":[{"$ref":"#/components/schemas/Time"},{"type":"null"}]}');
  expect(text).toContain('{"anyOf":[{"$ref":"#/components/schemas/JsonText"},{"type":"null"}]}');
});

test("patterns are those of JSON Schema, which knows no flags", () => {
  const patterns = [...JSON.stringify(described()).matchAll(/"pattern":"([^"]*)"/g)].map(([, pattern]) => pattern);
  expect(patterns.length).toBeGreaterThan(0);
  for (const pattern of patterns) expect(pattern).toMatch(/\$$/);
});

test("a body is required where an object that says nothing would not do", () => {
  const { paths = {} } = described();
  const required = (at: string): unknown => (paths[at]?.post?.requestBody as { readonly required?: boolean } | undefined)?.required;
  expect([required("/cancel"), required("/bulk")]).toEqual([false, true]);
});

test("every operation names its scope and tells of problems", () => {
  const { paths = {} } = described();
  expect(paths["/one"]?.get?.security).toEqual([{ token: ["read"] }]);
  expect(Object.keys(paths["/one"]?.get?.responses ?? {})).toEqual(["200", "default"]);
});
