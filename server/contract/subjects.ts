// Erasing the data of a subject.
import { z } from "./words.ts";

export const EraseBody = z
  .strictObject({
    /** As it was given to `send`. */
    subject: z.string().min(1).max(1_000),
  })
  .openapi("EraseBody");
export type EraseBody = z.infer<typeof EraseBody>;

export const Erased = z
  .object({
    /** How many keys there were: 0 where nothing of the subject is in the log, or it was erased before. */
    keys: z.int(),
    detail: z.string(),
  })
  .openapi("Erased");
export type Erased = z.infer<typeof Erased>;
