// The role that runs an app's functions: starts the app that a module exports, and stops it in good order when the process is told to end.
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { MillraceError } from "../engine/core/errors.ts";

type StartErrorCode = "MODULE_FAILED" | "MODULE_WITHOUT_APP" | "MODULE_STARTED";

class StartError extends MillraceError {
  override readonly family = "start";
  declare readonly code: StartErrorCode;

  constructor(code: StartErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(code, message, options);
  }
}

/** What this role needs of an app. Told by shape, since the module may have a copy of the package of its own. */
export interface App {
  readonly id: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** What a process does beside running the app, such as answering whether it is well. */
export interface Beside {
  /** The app runs. */
  started(): void;
  /** Before the app stops: what was asked is answered first. */
  close(): Promise<void>;
}

type Signal = "SIGTERM" | "SIGINT";

/** Where a second signal ends the process: a shell's 128 + the signal's number. */
const EXIT_AT_ONCE: Readonly<Record<Signal, number>> = { SIGINT: 130, SIGTERM: 143 };

/** Resolves when the app has stopped. `say` tells people what happens. @throws what `app.start()` and `open` throw */
export async function runWorkflowEngine<Kind extends App>(
  app: Kind,
  say: (line: string) => void,
  open: (app: Kind) => Promise<Beside> = () => Promise.resolve(NOTHING),
): Promise<void> {
  const told = firstSignal();
  let beside: Beside | null = null;
  try {
    beside = await open(app);
    const name = await Promise.race([started(app, say, beside).then(() => told.signal), told.signal]);
    say(`${name}: stopping ${app.id}; another signal ends at once`);
    for (const another of SIGNALS) process.once(another, () => process.exit(EXIT_AT_ONCE[another]));
  } finally {
    told.forget();
    await beside?.close();
    await app.stop();
  }
}

const SIGNALS = ["SIGTERM", "SIGINT"] as const;
const NOTHING: Beside = { started: () => {}, close: () => Promise.resolve() };

/** A deployment that some partition does not know yet is no reason to end: the worker goes on, and says so. */
async function started(app: App, say: (line: string) => void, beside: Beside): Promise<void> {
  try {
    await app.start();
    say(`${app.id} started`);
  } catch (error) {
    // As the app itself: of another copy of the package, its errors are of other classes.
    if (!(error instanceof Error && "code" in error && error.code === "ACTIVATION_TIMEOUT")) throw error;
    say(`${error.code}: ${error.message}`);
  }
  beside.started();
}

function firstSignal(): { readonly signal: Promise<Signal>; readonly forget: () => void } {
  const { promise, resolve } = Promise.withResolvers<Signal>();
  // Listening for a signal does not keep a process alive, and neither does an idle app.
  const alive = setInterval(() => {}, 2 ** 30);
  for (const name of SIGNALS) process.once(name, resolve);
  const forget = (): void => {
    clearInterval(alive);
    for (const name of SIGNALS) process.removeListener(name, resolve);
  };
  return { signal: promise, forget };
}

/** The app that a module exports. @throws StartError */
export async function loadApp(modulePath: string): Promise<App> {
  const file = path.resolve(modulePath);
  let module: unknown;
  try {
    module = await import(pathToFileURL(file).href);
  } catch (cause) {
    throw new StartError("MODULE_FAILED", `${file} cannot be loaded: ${whyNotLoaded(cause)}`, { cause });
  }
  const { app, default: byDefault } = module as { readonly app?: unknown; readonly default?: unknown };
  for (const candidate of [app, byDefault]) if (isApp(candidate)) return candidate;
  throw new StartError(
    "MODULE_WITHOUT_APP",
    `${file} exports no app: export your Millrace as \`app\` or as the default, with its functions declared and without starting it`,
  );
}

/** With the file and line that does not compile: Node says which in front of the error's own words, but for modules in JavaScript. */
export function whyNotLoaded(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const [, place = "", line] = /^(.+):(\d+)\r?\n/.exec(cause.stack ?? "") ?? [];
  // A path where the package does not say of which type its modules are.
  const file = place.startsWith("file:") ? fileURLToPath(place) : place;
  return path.isAbsolute(file) ? `${file}:${line}: ${cause.message}` : cause.message;
}

/** @throws StartError `MODULE_STARTED` */
export function checkNotStarted({ id }: App, hasBegun: boolean): void {
  if (!hasBegun) return;
  throw new StartError(
    "MODULE_STARTED",
    `the module starts "${id}" itself: leave out \`app.start()\` and \`app.stop()\`, which this command calls. Or run it with node`,
  );
}

function isApp(value: unknown): value is App {
  if (typeof value !== "object" || value === null) return false;
  const { start, stop } = value as { readonly start?: unknown; readonly stop?: unknown };
  return typeof start === "function" && typeof stop === "function";
}
