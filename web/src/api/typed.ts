// What somebody typed, and the server refused the token before it was sent: whoever logs in again, as the same, goes on with it. It is in no
// storage, and gone with the page; whoever logs out takes it along.
import { useEffect, useRef, useState } from "react";

import { useApp } from "./app.ts";
import { onLogOut, session } from "./session.ts";

const kept = new Map<string, unknown>();

onLogOut(() => kept.clear());

/** As `useState`. `of` names what it is, and for what. */
export function useTyped<Value>(of: string, first: () => Value): readonly [Value, (value: Value) => void] {
  const { actor } = useApp();
  const key = JSON.stringify([actor, of]);
  const [value, setValue] = useState(() => (kept.has(key) ? (kept.get(key) as Value) : first()));
  const last = useRef(value);
  last.current = value;
  useEffect(() => {
    kept.delete(key);
    return () => {
      if (session.get().wasRefused) kept.set(key, last.current);
    };
  }, [key]);
  return [value, setValue];
}
