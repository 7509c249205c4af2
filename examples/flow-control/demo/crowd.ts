// The import: one tenant has as many contacts as all others together, and its come first.
import type { EventToSend } from "millrace";
import type { ImportEvents } from "../events.ts";

export type ContactEvent = EventToSend<ImportEvents> & { readonly id: string; readonly data: ImportEvents["contact/imported"] };

export const TENANTS = 50;
export const HEAVY = "tenant-01";

export function contacts(count: number): readonly ContactEvent[] {
  return Array.from({ length: count }, (_, index) => {
    const contact = index + 1;
    const number = index < count / 2 ? 1 : 2 + (index % (TENANTS - 1));
    const tenant = `tenant-${String(number).padStart(2, "0")}`;
    return { name: "contact/imported", id: `contact-${contact}`, key: `contact-${contact}`, data: { tenant, contact } };
  });
}
