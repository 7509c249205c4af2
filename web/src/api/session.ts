// Who is logged in: a token of this browser tab, gone when the tab is closed. `millrace dev` needs none.
import { remember, remembered } from "../storage.ts";
import { Store } from "../store.ts";

const KEY = "millrace.token";

interface Session {
  readonly token: string | null;
  /** Why the login page is shown: the server refused what we have, or wants something. */
  readonly refusal: string | null;
  /** There was a token, and the server takes it no longer. */
  readonly wasRefused: boolean;
}

export const session = new Store<Session>({ token: remembered("tab", KEY), refusal: null, wasRefused: false });

/** Who logs out means the browser: tabs that were opened from one another have a token each. */
const otherTabs = new BroadcastChannel("millrace.session");
otherTabs.addEventListener("message", ({ data }) => {
  if (data !== "log-out") return;
  const { token, refusal } = session.get();
  // One whose token was refused forgets what it keeps for whoever comes back.
  forget(token === null ? refusal : "You logged out in another tab.", false);
});

export function logIn(token: string): void {
  remember("tab", KEY, token);
  session.set({ token, refusal: null, wasRefused: false });
}

/** By whoever sits there. */
export function logOut(): void {
  forget(null, false);
  otherTabs.postMessage("log-out");
}

/** Whatever is kept for who is logged in goes when they log out, here or in another tab; not where the server refuses their token. */
export function onLogOut(forgetTheirs: () => void): void {
  session.subscribe(() => {
    const { token, wasRefused } = session.get();
    if (token === null && !wasRefused) forgetTheirs();
  });
}

/** The server takes the token no longer. */
export function refuse(refusal: string): void {
  forget(refusal, true);
}

function forget(refusal: string | null, wasRefused: boolean): void {
  remember("tab", KEY, null);
  session.set({ token: null, refusal, wasRefused });
}
