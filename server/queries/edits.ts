// What people give otherwise for a re-run, as the engine takes it.
import { parseStepKey, type StepKey } from "../../engine/core/ids.ts";
import { outgoingEvent } from "../../engine/execution/outgoing-event.ts";
import type { RerunEdits } from "../../engine/replay/rerun/edits.ts";
import type { RerunBody } from "../contract/runs.ts";
import { ServerError } from "../http/server-error.ts";
import type { ServedApp } from "../served-app.ts";

/** Where this process has no code of the app. */
const USUAL_MAX_BYTES = 1024 * 1024;

/** Data of an event is what its schema makes of it, where this process has the code. @throws ServerError `INVALID_REQUEST`; SchemaError; ConfigurationError */
export async function editsOf({ data, outputs = {} }: RerunBody, eventName: string, { code }: ServedApp): Promise<RerunEdits> {
  const maxBytes = code?.parts.options.maxEventBytes ?? USUAL_MAX_BYTES;
  const event = data === undefined ? null : outgoingEvent({ name: eventName, data }, maxBytes);
  const asRead = event === null ? null : ((await code?.parts.dataOf(event, data)) ?? event.data);
  const given = Object.entries(outputs).map(([key, output]) => [stepKeyOf(key, `outputs.${key}`), JSON.stringify(output)] as const);
  return { data: asRead, outputs: new Map(given) };
}

/** @throws ServerError `INVALID_REQUEST` */
export function stepKeyOf(text: string, path: string): StepKey {
  const key = parseStepKey(text);
  if (key !== null) return key;
  const message = `"${text}" is no key of a step: its id and how often it came before, such as \`reserve#0\``;
  throw new ServerError("INVALID_REQUEST", `body.${path}: ${message}`, { faults: [{ path: `body.${path}`, message }] });
}
