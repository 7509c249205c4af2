// Puts a text on the clipboard, as it is.
import { useState, type ReactElement } from "react";

import { Button } from "./button.tsx";
import { tellFailed } from "./toast.tsx";

const SAID_MS = 1_500;

export function CopyButton({ text, label }: { readonly text: string; readonly label: string }): ReactElement {
  const [isCopied, setIsCopied] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setIsCopied(true);
      setTimeout(() => setIsCopied(false), SAID_MS);
    } catch {
      tellFailed(new Error("The browser does not let this page use the clipboard: it wants https, or an address of this machine."));
    }
  };
  return (
    <Button
      look="bare"
      isSmall
      icon={isCopied ? "check" : "copy"}
      aria-label={isCopied ? "Copied" : label}
      title={label}
      onClick={() => void copy()}
    />
  );
}
