// The Schemas family of errors: a schema that is none, data that does not fit one, two schemas that do not agree, a registry out of reach.
import { MillraceError } from "../core/errors.ts";

export type SchemaErrorCode =
  "SCHEMA_INVALID" | "SCHEMA_INCOMPATIBLE" | "EVENT_DATA_INVALID" | "REGISTRY_UNAVAILABLE" | "SCHEMA_ID_CONFLICT";

export interface SchemaErrorOptions {
  readonly cause?: unknown;
  /** Where in the data or in the schema it is: `data.items[2].price`. Of several, the first. */
  readonly path?: string;
}

export class SchemaError extends MillraceError {
  override readonly family = "schemas";
  declare readonly code: SchemaErrorCode;
  /** Empty where no single place is wrong. */
  readonly path: string;

  constructor(code: SchemaErrorCode, message: string, options: SchemaErrorOptions = {}) {
    super(code, message, options);
    this.path = options.path ?? "";
  }

  /** The same may succeed later. */
  get retriable(): boolean {
    return this.code === "REGISTRY_UNAVAILABLE";
  }
}
