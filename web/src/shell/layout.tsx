// The frame around all pages: where one can go, whether what is shown is live, and how it looks.
import "./layout.css";

import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { useEffect, useRef, useState, type ReactElement } from "react";

import type { AppInfo } from "../../../server/contract/app.ts";
import { useApp } from "../api/app.ts";
import { codeProblem, connection } from "../api/live.ts";
import { logOut, session } from "../api/session.ts";
import { Button } from "../components/button.tsx";
import { Icon } from "../components/icon.tsx";
import { Notice } from "../components/states.tsx";
import { Toasts } from "../components/toast.tsx";
import { useStore } from "../store.ts";
import { amount } from "../text/time.ts";
import { visible } from "../text/visible.ts";
import { keepFocus } from "./focus-keeper.ts";
import { usePlaces } from "./navigation.ts";
import { Outdated } from "./outdated.tsx";
import { Shortcuts } from "./shortcuts.tsx";
import { chooseTheme, theme, type ThemeChoice } from "./theme.ts";

export function Layout(): ReactElement {
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const [isMenuOpen, setIsMenuOpen] = useState(false);
  const [isHelpOpen, setIsHelpOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  const lastPath = useRef(path);

  // Where links lead, the next Tab goes on from there.
  useEffect(() => {
    if (lastPath.current === path) return;
    lastPath.current = path;
    setIsMenuOpen(false);
    main.current?.focus({ preventScroll: true });
  }, [path]);

  useEffect(() => {
    const leaving = new AbortController();
    if (main.current) keepFocus(main.current, leaving.signal);
    return () => leaving.abort();
  }, []);

  return (
    <>
      <a className="skip button is-primary" href="#main">
        Skip to the page
      </a>
      <header className="top">
        <Button look="bare" icon="menu" aria-label="Menu" aria-haspopup="dialog" onClick={() => setIsMenuOpen(true)} />
        <Brand />
        <span className="push">
          <LinkState />
        </span>
      </header>
      <div className="shell">
        <header>
          <Side onHelp={() => setIsHelpOpen(true)} />
        </header>
        <main id="main" ref={main} tabIndex={-1}>
          <Banners />
          <Outlet />
        </main>
      </div>
      {isMenuOpen && <Menu onClose={() => setIsMenuOpen(false)} onHelp={() => setIsHelpOpen(true)} />}
      <Shortcuts isHelpOpen={isHelpOpen} onHelp={setIsHelpOpen} />
      <Toasts />
    </>
  );
}

function Brand(): ReactElement {
  const { id } = useApp();
  return (
    <Link to="/" className="brand">
      <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
        <rect width="32" height="32" rx="7" fill="var(--accent)" />
        <g fill="none" stroke="var(--accent-ink)" strokeWidth="2.6" strokeLinecap="round">
          <path d="M5 11c4 0 4-4 8-4s5 9 14 9" />
          <path d="M5 18c4 0 4-4 8-4s5 9 14 9" opacity=".75" />
          <path d="M5 25c4 0 4-4 8-4 3 0 4 3 6 5" opacity=".45" />
        </g>
      </svg>
      <span>
        Millrace<small className="clip">{visible(id)}</small>
      </span>
    </Link>
  );
}

function Side({ onHelp }: { readonly onHelp: () => void }): ReactElement {
  const app = useApp();
  const places = usePlaces();
  return (
    <div className="side">
      <Brand />
      <nav aria-label="Pages">
        <ul className="places">
          {places.map(({ to, label, icon }) => (
            <li key={to}>
              <Link to={to} activeOptions={{ exact: to === "/", includeSearch: false }} activeProps={{ "aria-current": "page" }}>
                <Icon name={icon} />
                {label}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <div className="side-foot">
        <LinkState />
        <div className="row">
          <ThemeSwitch />
          <Button look="bare" isSmall icon="keyboard" aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)" onClick={onHelp} />
          {session.get().token !== null && (
            <Button
              look="bare"
              isSmall
              icon="logOut"
              aria-label={`Log out ${app.actor}`}
              title={`Log out ${app.actor}`}
              onClick={() => logOut()}
            />
          )}
        </div>
        <span className="breaks">
          {app.mode === "dev" ? "dev" : visible(app.actor)} · {visible(app.log)} · {app.version}
        </span>
      </div>
    </div>
  );
}

/** The same for narrow screens. */
function Menu({ onClose, onHelp }: { readonly onClose: () => void; readonly onHelp: () => void }): ReactElement {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className="menu"
      aria-label="Menu"
      onClose={onClose}
      // Beside it, and on a link: one that leads to the page that is there already changes nothing else.
      onClick={({ target }) => (target === dialog.current || (target instanceof Element && target.closest("a") !== null)) && onClose()}
    >
      <Side onHelp={onHelp} />
    </dialog>
  );
}

const LINK_STATES = {
  connecting: { tone: "warn", label: "Connecting" },
  live: { tone: "good", label: "Live" },
  lost: { tone: "bad", label: "Connection lost: trying again" },
} as const;

function LinkState(): ReactElement {
  const { tone, label } = LINK_STATES[useStore(connection)];
  return (
    <span className={`link-state tone-${tone}`} role="status" title={label}>
      <i aria-hidden="true" />
      <span>{label}</span>
    </span>
  );
}

const NEXT_THEME: Readonly<Record<ThemeChoice, ThemeChoice>> = { system: "light", light: "dark", dark: "system" };
const THEME_ICONS = { system: "system", light: "sun", dark: "moon" } as const;

function ThemeSwitch(): ReactElement {
  const choice = useStore(theme);
  const label = `Theme: ${choice === "system" ? "as the system" : choice}. Press for ${NEXT_THEME[choice] === "system" ? "as the system" : NEXT_THEME[choice]}`;
  return (
    <Button
      look="bare"
      isSmall
      icon={THEME_ICONS[choice]}
      aria-label={label}
      title={label}
      onClick={() => chooseTheme(NEXT_THEME[choice])}
    />
  );
}

function lagWords({ historyLag, gaps }: AppInfo): string {
  if (historyLag !== null) return `The history of runs is ${amount(historyLag)} records behind the journals: lists show what was.`;
  if (gaps.length > 0) return "The history of runs is not complete: lists show what it has so far.";
  return "The history of runs is being read for the first time: lists are not complete yet.";
}

/** Of the server that the page came from, whoever has logged in since. */
let begun: string | null = null;

/** A tab may be older than the server by now: what one asks for, the other may have another word for. */
function Upgraded({ version }: { readonly version: string }): ReactElement | null {
  begun ??= version;
  if (version === begun) return null;
  return (
    <Notice tone="warn">
      The server is of version {version} now, and this page of {begun}: they may not understand each other.{" "}
      <Button isSmall onClick={() => location.reload()}>
        Load the page anew
      </Button>
    </Notice>
  );
}

/** What everybody should know who looks at any page. */
function Banners(): ReactElement {
  const app = useApp();
  const problem = useStore(codeProblem);
  return (
    <div className="banners">
      {problem !== null && (
        <Notice tone="bad">
          The app does not start: nothing runs until this is mended. The page goes on by itself then.
          <pre>{visible(problem)}</pre>
        </Notice>
      )}
      <Upgraded version={app.version} />
      {(app.historyLag === null || app.historyLag > 1_000) && <Notice tone="warn">{lagWords(app)}</Notice>}
      <Outdated />
      {app.gaps.map((gap) => (
        <Notice key={gap} tone="warn">
          {visible(gap)}
        </Notice>
      ))}
    </div>
  );
}
