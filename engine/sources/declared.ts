// How an app declares the data of an event: by Avro, or by a Standard Schema such as zod's.
import type { StandardSchemaV1 } from "@standard-schema/spec";

/** Carries a type; there is nothing at run time. */
declare const DATA: unique symbol;

/** Data of an event, written as Avro by this schema. Made by `avro`. */
export interface AvroEvent<Data> {
  readonly kind: "avro";
  /** As an .avsc file has it. */
  readonly schema: object;
  readonly [DATA]?: Data;
}

export type EventDeclaration<Data> = AvroEvent<Data> | StandardSchemaV1<unknown, Data>;

/** A map of events' names to what declares their data. */
export type EventDeclarations<Events> = { readonly [Name in keyof Events]: EventDeclaration<Events[Name]> };

/** Declares that an event's data is written as Avro by this schema, an object as an .avsc file has it. */
export function avro<Data>(schema: object): AvroEvent<Data> {
  return { kind: "avro", schema };
}
