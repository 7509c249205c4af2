// Data of an event, opened. The engine's own events carry data of others inside of theirs.
import { readSealed, type Opened, type Sealing } from "../core/sealing.ts";
import type { TriggerEvent } from "../workflow/records.ts";

const OWN = "millrace/";
/** As it stands in JSON: what a text of somebody's says has its quotation marks escaped. */
const WITHIN = /\{"\$sealed":\{"v":1,"k":"[0-9a-f.]{49}","d":"[A-Za-z0-9+/=]*"\}\}/g;
/** The same as a text within JSON: of an error's message. */
const AS_TEXT = /"\{\\"\$sealed\\":\{\\"v\\":1,\\"k\\":\\"[0-9a-f.]{49}\\",\\"d\\":\\"[A-Za-z0-9+/=]*\\"\}\}"/g;

/** `name`: of the event. */
export function openedText(sealing: Sealing, data: string, name: string): Opened {
  if (!name.startsWith(OWN) || readSealed(data) !== null) return sealing.open(data);
  let last: Opened = { kind: "open", text: data };
  const opened = (sealed: string, erased: string, write: (text: string) => string): string => {
    const one = sealing.open(sealed);
    if (one.kind === "unknown") last = one;
    return one.kind === "open" ? write(one.text) : erased;
  };
  const text = data
    .replace(WITHIN, (sealed) => opened(sealed, "null", (plain) => plain))
    .replace(AS_TEXT, (quoted) => opened(String(JSON.parse(quoted)), '"erased"', (plain) => JSON.stringify(plain)));
  return last.kind === "open" ? { kind: "open", text } : last;
}

/** A sealed text that data of the event is, or has inside: what follows from it is sealed alike. Null where nothing of it is sealed. */
export function sealedWithin({ data, name }: Pick<TriggerEvent, "data" | "name">): string | null {
  if (readSealed(data) !== null) return data;
  return name.startsWith(OWN) ? (data.match(WITHIN)?.[0] ?? null) : null;
}
