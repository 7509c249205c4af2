// millrace operations: what takes a while in a server, how far it is, and stopping it.
import type { Command } from "commander";
import type { Operation } from "../server/contract/operations.ts";
import { part } from "./client/api-client.ts";
import { asksServer, clientOf, type ServerFlags } from "./client/server-flags.ts";
import { printJson, printList } from "./print/result.ts";
import type { Column } from "./print/table.ts";
import { timeText } from "./print/times.ts";

const COLUMNS: readonly Column<Operation>[] = [
  { head: "OPERATION", of: ({ id }) => id },
  { head: "KIND", of: ({ kind }) => kind },
  {
    head: "STATE",
    of: ({ state }) => ({
      text: state,
      paint: (colors) => (state === "failed" ? colors.red : state === "running" ? colors.cyan : colors.dim),
    }),
  },
  { head: "DONE", of: ({ done, total }) => (total === null ? String(done) : `${done}/${total}`), align: "right" },
  { head: "BEGAN", of: ({ startedAt }) => timeText(startedAt) },
  { head: "BY", of: ({ actor }) => actor },
  {
    head: "WHAT",
    of: ({ title, detail, error }) =>
      `${title}${error === null ? "" : `: ${error.code}: ${error.message}`}${detail === "" ? "" : ` (${detail})`}`,
    mayShrink: true,
  },
];

export function operationsCommand(command: Command): Command {
  command.description("what takes a while in a server: listed, shown, stopped");
  const print = (items: readonly Operation[], flags: ServerFlags): void =>
    printList(items, {
      json: flags.json === true,
      columns: COLUMNS,
      none: "no operations: a server remembers its own until it is stopped",
    });
  asksServer(command.command("list"))
    .description("list what a server is at, and what is lately over")
    .action(async (flags: ServerFlags) =>
      print((await clientOf(flags).get<{ readonly items: readonly Operation[] }>("/operations")).items, flags),
    );
  asksServer(command.command("show"), "as JSON")
    .description("show how far an operation is")
    .argument("<id>", "the operation's id")
    .action(async (id: string, flags: ServerFlags) => print([await clientOf(flags).get<Operation>(`/operations/${part(id)}`)], flags));
  asksServer(command.command("stop"), "as JSON")
    .description("stop an operation: what it has done stays done")
    .argument("<id>", "the operation's id")
    .action(async (id: string, flags: ServerFlags) => {
      const operation = await clientOf(flags).post<Operation>(`/operations/${part(id)}/stop`);
      if (flags.json === true) printJson(operation);
      else print([operation], flags);
    });
  return command;
}
