// An error of the app's code: its name, what it says, and where.
import { useState, type ReactElement } from "react";

import type { ErrorShown } from "../../../../server/contract/words.ts";
import { Button } from "../../components/button.tsx";
import { CopyButton } from "../../components/copy-button.tsx";
import { CutText } from "../../components/json-view.tsx";
import { Notice } from "../../components/states.tsx";
import { visible } from "../../text/visible.ts";

const SHOWN = 4_000;

export function ErrorView({ error }: { readonly error: ErrorShown }): ReactElement {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <Notice tone="bad">
      <div className="error-view">
        <div className="row">
          <strong className="breaks">{visible(error.name)}</strong>
          <span className="push row">
            {error.stack !== null && (
              <Button
                isSmall
                look="bare"
                icon={isOpen ? "chevronDown" : "chevronRight"}
                aria-expanded={isOpen}
                onClick={() => setIsOpen(!isOpen)}
              >
                Stack
              </Button>
            )}
            <CopyButton text={error.stack ?? `${error.name}: ${error.message}`} label="Copy the error" />
          </span>
        </div>
        <p className="breaks error-words">
          {error.message === "" ? (
            <span className="quiet">without words, or hidden from this token</span>
          ) : (
            <CutText text={error.message} most={SHOWN} />
          )}
        </p>
        {isOpen && error.stack !== null && (
          <pre tabIndex={0} aria-label="Stack">
            <CutText text={error.stack} most={SHOWN} />
          </pre>
        )}
      </div>
    </Notice>
  );
}
