// Buttons: what one press does is said by its words; an icon alone needs a label.
import "./button.css";

import type { ButtonHTMLAttributes, ReactElement, ReactNode } from "react";

import { Icon, type IconName } from "./icon.tsx";

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly icon?: IconName;
  readonly look?: "plain" | "primary" | "danger" | "primary-danger" | "bare";
  readonly isSmall?: boolean;
  readonly children?: ReactNode;
}

export function Button({ icon, look = "plain", isSmall = false, children, className = "", ...rest }: Props): ReactElement {
  return (
    <button type="button" className={`${buttonClass(look, isSmall)} ${className}`.trimEnd()} {...rest}>
      {icon && <Icon name={icon} size={isSmall ? 13 : 15} />}
      {children}
    </button>
  );
}

/** For links that look like a button. */
export function buttonClass(look: NonNullable<Props["look"]> = "plain", isSmall = false): string {
  const looks = look.split("-").map((word) => (word === "plain" ? "" : ` is-${word}`));
  return `button${looks.join("")}${isSmall ? " is-small" : ""}`;
}
