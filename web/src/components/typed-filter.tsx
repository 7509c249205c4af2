// A filter that tells when it is left, or on Enter: where each letter would be a question of its own.
import { useEffect, useState, type ReactElement } from "react";

import { Input } from "./filter-bar.tsx";

export function TypedFilter(of: {
  readonly value: string | undefined;
  readonly onChange: (value: string | undefined) => void;
  readonly maxLength: number;
  /** `/` anywhere on the page comes here. */
  readonly isSearch?: boolean;
}): ReactElement {
  const { value = "", onChange } = of;
  const [typed, setTyped] = useState(value);
  // Somebody else changed it: the way back, a link.
  useEffect(() => setTyped(value), [value]);
  const tell = (): void => {
    if (typed !== value) onChange(typed || undefined);
  };
  return (
    <Input
      value={typed}
      maxLength={of.maxLength}
      {...(of.isSearch && { "data-search": true })}
      onChange={({ target }) => setTyped(target.value)}
      onBlur={tell}
      onKeyDown={({ key }) => key === "Enter" && tell()}
    />
  );
}
