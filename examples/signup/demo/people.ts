// Who signs up.
import type { EventToSend } from "millrace";
import type { SignUpEvents } from "../events.ts";

const NAMES = ["Ada", "Barbara", "Edsger", "Grace", "Hedy", "Ken", "Leslie", "Margaret", "Niklaus", "Radia"];
const COMPANIES = ["Analytical Engines", "Looms & Sons", "Tide Tables", "Orrery"];

export type SignUp = EventToSend<SignUpEvents> & { readonly id: string };

/** Each with an id of its own: whoever is not sure that it was sent may send it again. */
export function signUps(count: number): readonly SignUp[] {
  return Array.from({ length: count }, (_, index) => {
    const name = NAMES[index % NAMES.length] ?? "";
    const email = `${name.toLowerCase()}.${index + 1}@example.com`;
    const company = COMPANIES[index % COMPANIES.length] ?? "";
    return { name: "user/signed.up", id: `sign-up-${index + 1}`, key: email, data: { name, email, company } };
  });
}
