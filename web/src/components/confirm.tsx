// Asks before anything is done. The browser's own <dialog> keeps the focus inside, closes on Escape, and gives the focus back.
import "./dialog.css";

import { useEffect, useId, useRef, useState, type SyntheticEvent, type ReactElement, type ReactNode } from "react";

import { Button } from "./button.tsx";
import { messageOf, Notice } from "./states.tsx";
import { tellFailed } from "./toast.tsx";
import { visible } from "../text/visible.ts";

interface Props {
  readonly title: string;
  /** What a press on the button does: `Cancel 12 runs`. */
  readonly action: string;
  readonly isDangerous?: boolean;
  readonly isWide?: boolean;
  /** There is nothing to confirm as it is: the button cannot be pressed. */
  readonly isBlocked?: boolean;
  readonly children: ReactNode;
  /** The dialog closes when it is done; what it throws is shown in it, and can be tried again. Who has left by then is told all the same. */
  readonly onConfirm: () => Promise<void>;
  readonly onClose: () => void;
}

/** Is open as long as it is rendered. */
export function Confirm({ title, action, isDangerous, isWide, isBlocked, children, onConfirm, onClose }: Props): ReactElement {
  const dialog = useRef<HTMLDialogElement>(null);
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setIsBusy] = useState(false);
  const heading = useId();
  const isOpen = useRef(true);

  useEffect(() => {
    isOpen.current = true;
    const element = dialog.current;
    const opener = document.activeElement;
    element?.showModal();
    return () => {
      isOpen.current = false;
      element?.close();
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, []);

  const confirm = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    if (isBusy || isBlocked) return;
    setIsBusy(true);
    setError(null);
    try {
      await onConfirm();
      if (isOpen.current) onClose();
    } catch (thrown) {
      if (!isOpen.current) return tellFailed(thrown);
      setError(thrown);
      setIsBusy(false);
    }
  };

  return (
    <dialog
      ref={dialog}
      className={`dialog${isWide ? " is-wide" : ""}`}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <form onSubmit={(event) => void confirm(event)}>
        <h2 id={heading}>{title}</h2>
        {children}
        {error !== null && (
          <div role="alert">
            <Notice tone="bad">{visible(messageOf(error))}</Notice>
          </div>
        )}
        <footer>
          <Button onClick={onClose}>Back</Button>
          <Button type="submit" look={isDangerous ? "primary-danger" : "primary"} disabled={isBusy || isBlocked === true}>
            {isBusy ? "Working…" : action}
          </Button>
        </footer>
      </form>
    </dialog>
  );
}
