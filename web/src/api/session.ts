// Who is logged in: a token of this browser tab, gone when the tab is closed. `millrace dev` needs none.
import { remember, remembered } from "../storage.ts";
import { Store } from "../store.ts";

const KEY = "millrace.token";

interface Session {
  readonly token: string | null;
  /** Why the login page is shown: the server refused what we have, or wants something. */
  readonly refusal: string | null;
}

export const session = new Store<Session>({ token: remembered("tab", KEY), refusal: null });

/** Who logs out means the browser: tabs that were opened from one another have a token each. */
const otherTabs = new BroadcastChannel("millrace.session");
otherTabs.addEventListener("message", ({ data }) => {
  if (data === "log-out" && session.get().token !== null) forget("You logged out in another tab.");
});

export function logIn(token: string): void {
  remember("tab", KEY, token);
  session.set({ token, refusal: null });
}

/** By whoever sits there. */
export function logOut(): void {
  forget(null);
  otherTabs.postMessage("log-out");
}

/** The server takes the token no longer. */
export function refuse(refusal: string): void {
  forget(refusal);
}

function forget(refusal: string | null): void {
  remember("tab", KEY, null);
  session.set({ token: null, refusal });
}
