// Values as a report shows them: JSON, and not too much of it.
import type { Failure } from "../../workflow/records.ts";

const MAX_SHOWN = 2_000;

export function shownJson(json: string | null): string | null {
  if (json === null || json.length <= MAX_SHOWN) return json;
  return `${json.slice(0, MAX_SHOWN)}…`.toWellFormed();
}

export function shownError({ name, message }: Failure): string | null {
  return shownJson(JSON.stringify(`${name}: ${message}`));
}
