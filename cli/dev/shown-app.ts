// An app as people are told of it when it runs.
import type { LoadedApp } from "../app-module.ts";
import type { ReadyApp } from "./messages.ts";

export function shownOf({ id, parts }: LoadedApp, log: string): ReadyApp {
  const functions = [...parts.specs.values()].map(({ id: name, triggers }) => ({
    id: name,
    events: triggers.flatMap((trigger) => (typeof trigger === "string" ? [trigger] : "event" in trigger ? [trigger.event] : [])),
  }));
  return { id, log, functions, consumers: parts.consumers };
}
