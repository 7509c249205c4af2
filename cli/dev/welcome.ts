// What `millrace dev` says when an app runs: where it is, what there is, and what to try.
import type { ReadyApp } from "./messages.ts";

export interface WelcomeOptions {
  readonly app: ReadyApp;
  /** As it ran before its code changed. */
  readonly before: ReadyApp | null;
  readonly url: string;
  readonly tookMs: number;
  /** How the command is called here. */
  readonly command: string;
}

export function welcome({ app, before, url, tookMs, command }: WelcomeOptions): string {
  const took = `${(tookMs / 1_000).toFixed(1)} s`;
  if (before !== null) return `${app.id} runs again, after ${took}${difference(app, before)}`;
  const lines = [
    `${app.id} runs, after ${took}`,
    "",
    `  dashboard   ${url}`,
    `  API         ${url}/api/v1/openapi.json`,
    `  log         ${app.log}`,
  ];
  for (const [index, { id, events }] of app.functions.entries()) {
    lines.push(`  ${index === 0 ? "functions " : "          "}  ${id}${events.length === 0 ? "" : `  on ${events.join(", ")}`}`);
  }
  for (const [index, id] of app.consumers.entries()) lines.push(`  ${index === 0 ? "consumers " : "          "}  ${id}`);
  return [...lines, "", ...attempt(app, url, command), "Ctrl-C ends it. A change of the code begins it anew."].join("\n");
}

function difference(app: ReadyApp, before: ReadyApp): string {
  const ids = new Set(before.functions.map(({ id }) => id));
  const now = new Set(app.functions.map(({ id }) => id));
  const parts = [
    ...[...now].filter((id) => !ids.has(id)).map((id) => `new: ${id}`),
    ...[...ids].filter((id) => !now.has(id)).map((id) => `gone: ${id}`),
  ];
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}

/** Where commands ask that are not told otherwise. */
const USUAL = "http://localhost:8288";

function attempt({ functions }: ReadyApp, url: string, command: string): readonly string[] {
  const event = functions.flatMap(({ events }) => events).find((name) => !name.includes("*"));
  if (event === undefined) return [];
  const at = url === USUAL ? "" : ` --server ${url}`;
  return ["Try it, in another terminal:", `  ${command} send ${event} --data '{}'${at}`, `  ${command} runs watch${at}`, ""];
}
