// The places of a schema's values, as a file names them: `send.lingerMs`.
import { z } from "zod";

/** The innermost alone; where a value has one of several shapes, those of all of them. */
export function placesOfSchema(schema: z.core.$ZodType, under = ""): readonly string[] {
  if (schema instanceof z.ZodObject) {
    return Object.entries<z.core.$ZodType>(schema.shape).flatMap(([name, inner]) =>
      placesOfSchema(inner, under === "" ? name : `${under}.${name}`),
    );
  }
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return placesOfSchema(schema.unwrap(), under);
  }
  if (schema instanceof z.ZodDiscriminatedUnion) {
    return [...new Set(schema.options.flatMap((option) => placesOfSchema(option, under)))];
  }
  return [under];
}
