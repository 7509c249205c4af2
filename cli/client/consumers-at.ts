// Consumers, as a server tells of them.
import type { ShownConsumer } from "../../server/contract/consumers.ts";
import { meant } from "../choose.ts";
import { CliError } from "../cli-error.ts";
import { printJson, printList, printText } from "../print/result.ts";
import type { Column } from "../print/table.ts";
import { part, type ApiClient } from "./api-client.ts";
import { onceAsked } from "./once-asked.ts";
import { say } from "../say.ts";

type Json = { readonly json: boolean };

const COLUMNS: readonly Column<ShownConsumer>[] = [
  { head: "CONSUMER", of: ({ id }) => id },
  { head: "VERSION", of: ({ version }) => String(version), align: "right" },
  { head: "LAG", of: ({ lag }) => (lag === null ? "no answer" : String(lag)), align: "right" },
  { head: "OWED", of: ({ partitions }) => String((partitions ?? []).reduce((sum, { owed }) => sum + owed, 0)), align: "right" },
  {
    head: "DEAD LETTERS",
    of: ({ deadLetters }) => ({ text: String(deadLetters), ...(deadLetters > 0 ? { paint: (colors) => colors.red } : {}) }),
    align: "right",
  },
  { head: "PAUSED", of: ({ paused }) => ({ text: paused ? "yes" : "", paint: (colors) => colors.yellow }) },
];

export async function listConsumers(client: ApiClient, { json }: Json): Promise<void> {
  printList(await allOf(client), { json, columns: COLUMNS, none: "the app has no consumers" });
}

export interface PartitionRow {
  readonly version: number;
  readonly partition: number;
  readonly mode: string;
  readonly isPaused: boolean;
  readonly lag: number;
  readonly waiting: number;
  readonly positions: NonNullable<ShownConsumer["partitions"]>[number]["positions"];
}

/** How a partition of a version is shown, whoever told it. */
export const PARTITION_COLUMNS: readonly Column<PartitionRow>[] = [
  { head: "VERSION", of: ({ version }) => String(version), align: "right" },
  { head: "PARTITION", of: ({ partition }) => String(partition), align: "right" },
  { head: "MODE", of: ({ mode }) => mode },
  { head: "LAG", of: ({ lag }) => String(lag), align: "right" },
  { head: "OWED", of: ({ waiting }) => String(waiting), align: "right" },
  { head: "PAUSED", of: ({ isPaused }) => ({ text: isPaused ? "yes" : "", paint: (colors) => colors.yellow }) },
  {
    head: "AT",
    of: ({ positions }) => positions.map(({ topic, partition, offset }) => `${topic}/${partition}/${offset}`).join(", "),
    mayShrink: true,
  },
];

/** @throws CliError `CLI_NO_CONSUMER` */
export async function showConsumer(client: ApiClient, id: string, { json }: Json): Promise<void> {
  const rows = (await versionsOf(client, id)).flatMap(({ version, partitions }) => {
    if (partitions === null) say(`version ${version}: no worker answers for it`);
    return (partitions ?? []).map(({ partition, mode, paused, owed, positions }): PartitionRow => ({
      version,
      partition,
      mode,
      isPaused: paused,
      lag: positions.reduce((sum, { lag }) => sum + lag, 0),
      waiting: owed,
      positions,
    }));
  });
  printList(rows, { json, columns: PARTITION_COLUMNS, none: "no partition told anything" });
}

/** @throws CliError `CLI_NO_CONSUMER` */
export async function tellConsumer(client: ApiClient, id: string, action: "pause" | "resume", { json }: Json): Promise<void> {
  await versionsOf(client, id);
  const answer = await onceAsked(client.post<{ readonly detail: string }>(`/consumers/${part(id)}/${action}`));
  if (json) printJson(answer);
  else printText(answer.detail);
}

async function versionsOf(client: ApiClient, id: string): Promise<readonly ShownConsumer[]> {
  const all = await allOf(client);
  const versions = all.filter((one) => one.id === id);
  if (versions.length > 0) return versions;
  throw new CliError("CLI_NO_CONSUMER", `there is no consumer "${id}": ${meant(id, [...new Set(all.map((one) => one.id))])}`);
}

async function allOf(client: ApiClient): Promise<readonly ShownConsumer[]> {
  return (await client.get<{ readonly items: readonly ShownConsumer[] }>("/consumers", { owners: "true" })).items;
}
