// What came of what somebody did, for a moment, in a corner; read out by screen readers.
import "./toast.css";
import "./status.css";

import type { ReactElement } from "react";

import { Store, useStore } from "../store.ts";
import { visible } from "../text/visible.ts";
import { Button } from "./button.tsx";
import { Icon } from "./icon.tsx";
import { messageOf } from "./states.tsx";

interface Toast {
  readonly id: number;
  readonly tone: "good" | "bad";
  readonly text: string;
}

const SHOWN_MS = 8_000;
const MOST = 4;
const toasts = new Store<readonly Toast[]>([]);
let last = 0;

export function tellDone(text: string): void {
  show("good", text);
}

/** Stays until it is closed. */
export function tellFailed(error: unknown): void {
  show("bad", messageOf(error));
}

export function Toasts(): ReactElement {
  const shown = useStore(toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map(({ id, tone, text }) => (
        <div key={id} className={`toast tone-${tone}`}>
          <Icon name={tone === "good" ? "check" : "warning"} />
          <span>{visible(text)}</span>
          <Button look="bare" isSmall icon="close" aria-label="Close this message" onClick={() => close(id)} />
        </div>
      ))}
    </div>
  );
}

function show(tone: Toast["tone"], text: string): void {
  const id = (last += 1);
  toasts.set([...toasts.get().slice(1 - MOST), { id, tone, text }]);
  if (tone === "good") setTimeout(() => close(id), SHOWN_MS);
}

function close(id: number): void {
  toasts.set(toasts.get().filter((toast) => toast.id !== id));
}
