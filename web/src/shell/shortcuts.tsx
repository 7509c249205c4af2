// Keys that work on every page, and what tells of them. Letters may be switched off: who dictates would press them by accident.
import "./shortcuts.css";

import { useRouter } from "@tanstack/react-router";
import { useEffect, useRef, useState, type ReactElement } from "react";

import { Button } from "../components/button.tsx";
import { remember, remembered } from "../storage.ts";
import { usePlaces, type Place } from "./navigation.ts";

const KEY = "millrace.letter-keys";
const CHORD_MS = 1_200;

export function Shortcuts({
  isHelpOpen,
  onHelp,
}: {
  readonly isHelpOpen: boolean;
  readonly onHelp: (isOpen: boolean) => void;
}): ReactElement | null {
  const router = useRouter();
  const places = usePlaces();
  const [isOn, setIsOn] = useState(remembered("browser", KEY) !== "off");

  useEffect(() => {
    if (!isOn) return undefined;
    let wentAt = Number.NEGATIVE_INFINITY;
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
      const place = event.timeStamp - wentAt < CHORD_MS ? places.find(({ key }) => key === event.key) : undefined;
      wentAt = event.key === "g" ? event.timeStamp : Number.NEGATIVE_INFINITY;
      if (place) void router.navigate({ to: place.to });
      else if (event.key === "?") onHelp(true);
      else if (event.key === "/") document.querySelector<HTMLElement>("[data-search]")?.focus();
      else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [isOn, router, places, onHelp]);

  if (!isHelpOpen) return null;
  return (
    <Help
      places={places}
      isOn={isOn}
      onSwitch={(on) => {
        remember("browser", KEY, on ? "on" : "off");
        setIsOn(on);
      }}
      onClose={() => onHelp(false)}
    />
  );
}

const KEYS: readonly [keys: readonly string[], what: string][] = [
  [["/"], "search this list"],
  [["?"], "this help"],
  [["↑", "↓"], "the row before, the next one"],
  [["Home", "End"], "the first row, the last one"],
  [["Enter"], "open a row"],
  [["Space"], "select a row, where rows can be selected"],
  [["Esc"], "close a dialog"],
];

function Help(of: {
  readonly places: readonly Place[];
  readonly isOn: boolean;
  readonly onSwitch: (isOn: boolean) => void;
  readonly onClose: () => void;
}): ReactElement {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog ref={dialog} className="dialog help" aria-labelledby="help-title" onClose={of.onClose}>
      <h2 id="help-title">Keyboard shortcuts</h2>
      <dl>
        {[...KEYS, ...of.places.map(({ key, label }): (typeof KEYS)[number] => [["g", key], label])].map(([keys, what]) => (
          <div key={what}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <div className="row">
        <label className="row">
          <input type="checkbox" checked={of.isOn} onChange={(event) => of.onSwitch(event.target.checked)} />
          Shortcuts of a single key
        </label>
        <Button className="push" look="primary" onClick={of.onClose}>
          Close
        </Button>
      </div>
    </dialog>
  );
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}
