// GET /live: Server-Sent Events. What changed is told, not how: who shows it asks for it.
import { z } from "./words.ts";

/** `event:` is the type, `data:` this as JSON. Comments keep the connection alive. */
export const LiveMessage = z
  .discriminatedUnion("type", [
    /** Runs that changed; where there are more than fit, `ids` is null. */
    z.object({ type: z.literal("runs"), ids: z.array(z.string()).nullable() }),
    z.object({ type: z.literal("events") }),
    z.object({ type: z.literal("functions") }),
    z.object({ type: z.literal("partitions") }),
    z.object({ type: z.literal("dead-letters") }),
    z.object({ type: z.literal("operation"), id: z.string() }),
    /** The app's code was loaded anew (`millrace dev`), or could not be: then why. */
    z.object({ type: z.literal("reloaded"), problem: z.string().nullable() }),
  ])
  .openapi("LiveMessage");
export type LiveMessage = z.infer<typeof LiveMessage>;
