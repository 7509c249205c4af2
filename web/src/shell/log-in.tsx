// Asks for a token, where the server wants one.
import "./log-in.css";

import { useState, type SyntheticEvent, type ReactElement } from "react";

import { logIn } from "../api/session.ts";
import { Button } from "../components/button.tsx";
import { Field, Input } from "../components/filter-bar.tsx";
import { Notice } from "../components/states.tsx";
import { visible } from "../text/visible.ts";

export function LogIn({ refusal }: { readonly refusal: string | null }): ReactElement {
  const [token, setToken] = useState("");
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (token.trim() !== "") logIn(token.trim());
  };
  return (
    <main className="log-in">
      <form className="card" onSubmit={submit}>
        <h1>Millrace</h1>
        <p>This server wants a token. Whoever runs it makes one:</p>
        <pre>millrace token create --name you --scopes read,payloads,operate</pre>
        {refusal !== null && (
          <div role="alert">
            <Notice tone="bad">{visible(refusal)}</Notice>
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
