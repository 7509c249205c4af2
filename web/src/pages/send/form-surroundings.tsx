// What all fields of a form know, and the parts that all of them have.
import { createContext, useContext, type ReactElement } from "react";

import type { AvroNode } from "../../../../engine/schemas/avro/schema-node.ts";
import { Button } from "../../components/button.tsx";
import { visible } from "../../text/visible.ts";
import type { Draft } from "./draft.ts";

export interface FieldProps {
  readonly node: AvroNode;
  readonly draft: Draft;
  readonly onChange: (draft: Draft) => void;
  /** Of the data, as the server names it. */
  readonly path: string;
  readonly label: string;
  readonly doc: string | null;
  readonly remove: Removal | null;
}

/** A field that has a default can be left out, an item of a list taken away. */
export interface Removal {
  readonly words: string;
  readonly now: () => void;
}

interface Surroundings {
  /** Words of the schema, by `docKey`. */
  readonly docs: ReadonlyMap<string, string>;
  /** By place. */
  readonly problems: ReadonlyMap<string, readonly string[]>;
}

export const FormSurroundings = createContext<Surroundings>({ docs: new Map(), problems: new Map() });

export function useDocs(): ReadonlyMap<string, string> {
  return useContext(FormSurroundings).docs;
}

export function useProblems(path: string): readonly string[] {
  return useContext(FormSurroundings).problems.get(path) ?? [];
}

export function FieldProblems({ id, problems }: { readonly id: string; readonly problems: readonly string[] }): ReactElement | null {
  if (problems.length === 0) return null;
  return (
    <p className="form-problem" id={id}>
      {visible(problems.join("; "))}
    </p>
  );
}

export function RemoveButton({ of, label }: { readonly of: Removal | null; readonly label: string }): ReactElement | null {
  if (of === null) return null;
  return (
    <Button look="bare" isSmall onClick={of.now} aria-label={`${of.words}: ${label}`}>
      {of.words}
    </Button>
  );
}
