// Asks for a token, where the server wants one.
import "./log-in.css";

import { useState, type SyntheticEvent, type ReactElement } from "react";

import { logIn } from "../api/session.ts";
import { Button } from "../components/button.tsx";
import { Field, Input } from "../components/filter-bar.tsx";
import { Notice } from "../components/states.tsx";
import { visible } from "../text/visible.ts";

/** What a header can carry: with anything else no request would leave the browser, and the server would seem to be gone. */
const CAN_BE_SENT = /^[\x21-\x7E]+$/;

export function LogIn({ refusal }: { readonly refusal: string | null }): ReactElement {
  const [token, setToken] = useState("");
  const [isOdd, setIsOdd] = useState(false);
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    const given = token.trim();
    setIsOdd(!CAN_BE_SENT.test(given));
    if (CAN_BE_SENT.test(given)) logIn(given);
  };
  const problem = isOdd
    ? "This is no token: there is a character in it that none has. It may be one that nobody sees, or the end of it was cut: copy it again."
    : refusal;
  return (
    <main className="log-in">
      <form className="card" onSubmit={submit}>
        <h1>Millrace</h1>
        <p>This server wants a token. Whoever runs it makes one:</p>
        <pre>millrace token create you --tokens tokens.json --scopes read,payloads,operate,send</pre>
        <p>The file is the one that the server was started with. Whoever looks needs the scope read at least.</p>
        {problem !== null && (
          <div role="alert">
            <Notice tone="bad">{visible(problem)}</Notice>
          </div>
        )}
        <Field label="Token" hint="Kept until this tab is closed, and sent to this server alone.">
          <Input
            type="password"
            name="token"
            placeholder="mr_…"
            value={token}
            autoFocus
            required
            onChange={(event) => setToken(event.target.value)}
          />
        </Field>
        <Button type="submit" look="primary">
          Log in
        </Button>
      </form>
    </main>
  );
}
