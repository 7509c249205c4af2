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

/** What declares data that handlers get. */
type Gives<Data> = AvroEvent<Data> | StandardSchemaV1<any, Data>; // oxlint-disable-line typescript/no-explicit-any -- whatever is sent

/** What declares data that is sent. */
type Takes<Data> = AvroEvent<Data> | StandardSchemaV1<Data>;

/** `Events`: names to the data that handlers get; `Sent`: to that which is sent, which a schema may turn into the other. Both follow from it. */
export type EventDeclarations<Events, Sent> = { readonly [Name in keyof Events]?: Gives<Events[Name]> } & {
  readonly [Name in keyof Sent]?: Takes<Sent[Name]>;
};

/** Declares that an event's data is written as Avro by this schema, an object as an .avsc file has it. */
export function avro<Data>(schema: object): AvroEvent<Data> {
  return { kind: "avro", schema };
}
