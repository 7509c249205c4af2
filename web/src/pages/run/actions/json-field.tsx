// JSON that people edit: what is wrong with it is said below, while they type.
import { useId, type ReactElement } from "react";

import { inexactNumbers } from "../../../text/json-text.ts";
import { visible } from "../../../text/visible.ts";

const MOST_ROWS = 14;

export function JsonField(of: { readonly label: string; readonly value: string; readonly onChange: (text: string) => void }): ReactElement {
  const problem = jsonProblem(of.value);
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{visible(of.label)}</label>
      <textarea
        id={id}
        className="input"
        rows={Math.min(MOST_ROWS, of.value.split("\n").length + 1)}
        spellCheck={false}
        value={of.value}
        aria-invalid={problem !== null}
        aria-describedby={`${id}-problem`}
        onChange={({ target }) => of.onChange(target.value)}
      />
      <small id={`${id}-problem`} className="problem" role="status">
        {problem !== null && visible(problem)}
      </small>
    </div>
  );
}

/** Null: it can be sent, and arrives as it is. */
export function jsonProblem(text: string): string | null {
  try {
    JSON.parse(text);
  } catch (error) {
    return `This is not JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
  const [number] = inexactNumbers(text) ?? [];
  return number === undefined ? null : `${number} has more digits than a number of JSON keeps: write it as a text`;
}
