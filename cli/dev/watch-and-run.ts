// The process behind `millrace dev` that watches: it has the port, runs the app in a process of its own, and begins that anew
//
//   begin ──▶ running ──▶ a file changed ──▶ stop ──▶ begin
//                  ├────▶ its code is broken ──▶ wait for a change ──▶ begin
//                  └────▶ it ended by itself ──▶ wait for a change, or a time that grows ──▶ begin
import path from "node:path";
import { backoffMs } from "../../engine/core/backoff.ts";
import type { SettingFlags } from "../command-settings.ts";
import { commandIn } from "../package-file.ts";
import { urlAt } from "../this-machine.ts";
import { AppProcess, type ChildEnd } from "./child-process.ts";
import { Changes } from "./changes.ts";
import { hashOf } from "./loaded-files.ts";
import { FrontDoor } from "./front-door.ts";
import type { ReadyApp } from "./messages.ts";
import { welcome } from "./welcome.ts";

export interface WatchOptions {
  readonly module: string;
  readonly at: { readonly host: string; readonly port: number };
  readonly flags: SettingFlags;
  readonly say: (line: string) => void;
}

const CRASH_BACKOFF = { baseMs: 500, maxMs: 30_000 };
/** An app that ran for so long did not end for what made it begin. */
const STEADY_MS = 20_000;

/** Until it is told to end. @throws CliError `CLI_PORT_TAKEN` */
export async function watchAndRun({ module, at, flags, say }: WatchOptions): Promise<void> {
  using changes = new Changes();
  const door = new FrontDoor();
  const port = await door.listen(at);
  const url = urlAt({ host: at.host === "127.0.0.1" ? "localhost" : at.host, port });
  const end = toldToEnd();
  let crashes = 0;
  let known: ReadyApp | null = null;
  try {
    while (!end.signal.aborted) {
      changes.clear();
      changes.add({ file: module, hash: hashOf(module) });
      door.hold();
      const begunAt = performance.now();
      const app = new AppProcess({ type: "begin", module, flags }, (message) => {
        if (message.type === "loaded") changes.add(message.file);
        else if (message.type === "listening") door.leadTo(message.port);
        else {
          say(welcome({ app: message.app, before: known, url, tookMs: performance.now() - begunAt, command: commandIn(process.cwd()) }));
          known = message.app;
        }
      });
      end.onSecond(() => app.kill());
      const next = await first(app, changes, end.signal);
      door.hold();
      if (next.kind === "changed") say(`${named(next.files)} changed`);
      if (next.kind !== "over") {
        await app.stop();
        crashes = 0;
        continue;
      }
      crashes = performance.now() - begunAt > STEADY_MS ? 1 : crashes + 1;
      const waitMs = waits(next.end, crashes);
      const told = explained(next.end, module, waitMs);
      say(`${told.title}\n${told.text}`);
      door.tellBroken(told.title, told.text);
      await passed(changes, end.signal, waitMs);
      if (waitMs === null) crashes = 0;
    }
  } finally {
    await door.close();
    end.forget();
  }
}

type Next =
  | { readonly kind: "changed"; readonly files: readonly string[] }
  | { readonly kind: "over"; readonly end: ChildEnd }
  | { readonly kind: "told" };

function first(app: AppProcess, changes: Changes, signal: AbortSignal): Promise<Next> {
  return Promise.race([
    app.over.then((end): Next => ({ kind: "over", end })),
    changes.next().then((files): Next => ({ kind: "changed", files })),
    aborted(signal).then((): Next => ({ kind: "told" })),
  ]);
}

/** Null: as long as its files are the same, it would end again. */
function waits({ failed }: ChildEnd, crashes: number): number | null {
  return failed !== null && !failed.isPassing ? null : backoffMs(crashes - 1, Math.random(), CRASH_BACKOFF);
}

function explained({ failed, how }: ChildEnd, module: string, waitMs: number | null): { readonly title: string; readonly text: string } {
  const file = named([module]);
  const again =
    waitMs === null ? "It begins again when a file changes" : `It begins again in ${(waitMs / 1_000).toFixed(1)} s, or when a file changes`;
  if (failed === null) return { title: `${file} ended by itself: ${how}`, text: `${again}.` };
  return { title: `${file} does not start${failed.code === null ? "" : `: ${failed.code}`}`, text: `${failed.text}\n${again}.` };
}

async function passed(changes: Changes, signal: AbortSignal, waitMs: number | null): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    if (waitMs !== null) timer = setTimeout(resolve, waitMs);
  });
  await Promise.race([changes.next(), aborted(signal), late]);
  clearTimeout(timer);
}

function named(files: readonly string[]): string {
  return files.map((file) => path.relative(process.cwd(), file)).join(", ");
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

interface Told {
  readonly signal: AbortSignal;
  /** Instead of what was to be done before. */
  onSecond(kill: () => void): void;
  forget(): void;
}

function toldToEnd(): Told {
  const abort = new AbortController();
  let kill = (): void => {};
  const hear = (name: NodeJS.Signals): void => {
    if (!abort.signal.aborted) return abort.abort();
    kill();
    process.exit(name === "SIGINT" ? 130 : 143);
  };
  const names = ["SIGINT", "SIGTERM"] as const;
  for (const name of names) process.on(name, hear);
  return {
    signal: abort.signal,
    onSecond: (next) => (kill = next),
    forget: () => {
      for (const name of names) process.removeListener(name, hear);
    },
  };
}
