// millrace functions: those of the deployment in force, how they fare, and pausing them.
import type { Command } from "commander";
import type { FunctionList, ListedFunction } from "../server/contract/functions.ts";
import { asksServer, clientOf, type ServerFlags } from "./client/server-flags.ts";
import { functionOf } from "./client/tell-function.ts";
import { pauseFunctionCommand, resumeFunctionCommand } from "./function-commands.ts";
import { plainText } from "../engine/core/plain-text.ts";
import { printJson, printLines, printList } from "./print/result.ts";
import type { Column } from "./print/table.ts";
import { durationText, timeText } from "./print/times.ts";

export function functionsCommand(command: Command): Command {
  command.description("functions of an app: how they fare; pausing them");
  asksServer(command.command("list"))
    .description("list the functions of the deployment in force")
    .action(async (flags: ServerFlags) => {
      const { items } = await clientOf(flags).get<FunctionList>("/functions");
      printList(items, { json: flags.json === true, columns: columnsOf(items[0]?.rates.minutes ?? 60), none: "no deployment is in force" });
    });
  asksServer(command.command("show"), "as JSON")
    .description("show a function: its triggers, its limits, and how it fares")
    .argument("<function>", "the function's id")
    .action(async (id: string, flags: ServerFlags) => {
      const found = await functionOf(clientOf(flags), id);
      if (flags.json === true) printJson(found);
      else printLines(linesOf(found));
    });
  pauseFunctionCommand(command.command("pause"));
  resumeFunctionCommand(command.command("resume"));
  return command;
}

function columnsOf(minutes: number): readonly Column<ListedFunction>[] {
  const last = `/${minutes} min`;
  return [
    { head: "FUNCTION", of: ({ id }) => id },
    { head: "ON", of: ({ triggers }) => triggers.map(({ of }) => of).join(", "), mayShrink: true },
    { head: "OPEN", of: ({ counts }) => String(openOf(counts)), align: "right" },
    { head: "QUEUED", of: ({ queued }) => String(queued), align: "right" },
    { head: `DONE${last}`, of: ({ rates }) => String(sum(rates.completed)), align: "right" },
    {
      head: `FAILED${last}`,
      of: ({ rates }) => ({ text: String(sum(rates.failed)), ...(sum(rates.failed) > 0 ? { paint: (colors) => colors.red } : {}) }),
      align: "right",
    },
    { head: "P50", of: ({ latency }) => (latency === null ? "" : durationText(latency.p50)), align: "right" },
    { head: "P95", of: ({ latency }) => (latency === null ? "" : durationText(latency.p95)), align: "right" },
    { head: "PAUSED", of: ({ paused }) => ({ text: paused ?? "", paint: (colors) => colors.yellow }) },
    {
      head: "LAST FAILURE",
      of: ({ lastFailure }) => (lastFailure === null ? "" : `${timeText(lastFailure.at)} ${lastFailure.message}`),
      mayShrink: true,
    },
  ];
}

function linesOf({ id, triggers, flow, paused, counts, rates, latency, queued, lastFailure }: ListedFunction): string[] {
  const rows: readonly (readonly [string, string])[] = [
    ...triggers.map(({ kind, of, condition }) => ["on", `${kind} ${of}${condition === null ? "" : ` if ${condition}`}`] as const),
    ...(flow === null ? [] : [["flow", flow] as const]),
    ...(paused === null
      ? []
      : [["paused", paused === "keep" ? "events that trigger it wait" : "events that trigger it are skipped"] as const]),
    [
      "runs",
      Object.entries(counts)
        .map(([status, count]) => `${count} ${status}`)
        .join(", ") || "none",
    ],
    ["queued", String(queued)],
    [`${rates.minutes} min`, `${sum(rates.started)} started, ${sum(rates.completed)} completed, ${sum(rates.failed)} failed`],
    ...(latency === null
      ? []
      : [
          [
            "took",
            `half within ${durationText(latency.p50)}, 95 % within ${durationText(latency.p95)}, 99 % within ${durationText(latency.p99)}`,
          ] as const,
        ]),
    ...(lastFailure === null
      ? []
      : [["failed", `${new Date(lastFailure.at).toISOString()}  ${lastFailure.run}  ${lastFailure.message}`] as const]),
  ];
  return [plainText(id), ...rows.map(([what, text]) => `  ${what.padEnd(8)}  ${plainText(text)}`)];
}

function openOf(counts: Readonly<Record<string, number>>): number {
  return sum(["running", "retrying", "parked", "quarantined"].map((status) => counts[status] ?? 0));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
