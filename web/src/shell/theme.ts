// Dark and light: as the system has it, until somebody chooses.
import { remember, remembered } from "../storage.ts";
import { Store } from "../store.ts";

export type ThemeChoice = "system" | "light" | "dark";
const KEY = "millrace.theme";
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

export const theme = new Store<ThemeChoice>(lastChoice());

export function beginTheme(): void {
  const apply = (): void => {
    const choice = theme.get();
    document.documentElement.dataset["theme"] = choice === "system" ? (systemIsDark.matches ? "dark" : "light") : choice;
  };
  apply();
  theme.subscribe(apply);
  systemIsDark.addEventListener("change", apply);
  addEventListener("beforeprint", () => (document.documentElement.dataset["theme"] = "light"));
  addEventListener("afterprint", apply);
}

export function chooseTheme(choice: ThemeChoice): void {
  remember("browser", KEY, choice);
  theme.set(choice);
}

function lastChoice(): ThemeChoice {
  const kept = remembered("browser", KEY);
  return kept === "light" || kept === "dark" ? kept : "system";
}
