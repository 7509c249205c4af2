// The API as OpenAPI 3.1 tells it, from the schemas by which requests are checked and answers are made.
import { ErrorShown, JsonText, Time } from "../contract/words.ts";
import type { Api } from "./api.ts";

/** Components that some places allow null for. */
const OFTEN_NULL = { Time, JsonText, Error: ErrorShown };

export type Description = ReturnType<Api["getOpenAPI31Document"]>;

export function describeApi(app: Api, version: string): Description {
  app.openAPIRegistry.registerComponent("securitySchemes", "token", {
    type: "http",
    scheme: "bearer",
    description: "A token with the scopes that an operation names: `send`, `read`, `payloads` (to see data), `operate`",
  });
  // As they are, before a place that allows null is what they are first met in.
  for (const [name, schema] of Object.entries(OFTEN_NULL)) app.openAPIRegistry.register(name, schema);
  const document = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Millrace",
      version,
      description: "What an app does, and what people may do with it. Problems are told by RFC 9457, with a stable `code`.",
      license: { name: "Apache-2.0" },
    },
  });
  mendNulls(document);
  return document;
}

/**
 * What is a component or null comes as `allOf` of the component and of itself with null, which null does not meet. In place.
 */
function mendNulls(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  if (isNullableComponent(value)) {
    const { allOf } = value;
    const [component] = allOf;
    Reflect.deleteProperty(value, "allOf");
    Object.assign(value, { anyOf: [component, { type: "null" }] });
  }
  for (const inner of Object.values(value)) mendNulls(inner);
}

interface NullableComponent {
  readonly allOf: readonly [component: unknown, own: unknown];
}

function isNullableComponent(value: object): value is NullableComponent {
  const { allOf } = value as { readonly allOf?: readonly unknown[] };
  if (allOf?.length !== 2) return false;
  const [component, own] = allOf;
  return isObject(component) && "$ref" in component && isObject(own) && allowsNull(own);
}

function allowsNull(schema: object): boolean {
  const { type, enum: values, anyOf, oneOf } = schema as Readonly<Record<string, unknown>>;
  const has = (list: unknown, isIt: (item: unknown) => boolean): boolean => Array.isArray(list) && list.some(isIt);
  const isNull = (item: unknown): boolean => isObject(item) && "type" in item && item.type === "null";
  return has(type, (one) => one === "null") || has(values, (one) => one === null) || has(anyOf, isNull) || has(oneOf, isNull);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
