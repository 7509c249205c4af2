// Who is logged in: a token of this browser tab, gone when the tab is closed. `millrace dev` needs none.
import { Store } from "../store.ts";

const KEY = "millrace.token";

interface Session {
  readonly token: string | null;
  /** Why the login page is shown: the server refused what we have, or wants something. */
  readonly refusal: string | null;
}

export const session = new Store<Session>({ token: sessionStorage.getItem(KEY), refusal: null });

export function logIn(token: string): void {
  sessionStorage.setItem(KEY, token);
  session.set({ token, refusal: null });
}

export function logOut(refusal: string | null = null): void {
  sessionStorage.removeItem(KEY);
  session.set({ token: null, refusal });
}
