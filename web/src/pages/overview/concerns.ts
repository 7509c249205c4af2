// What is wrong now, the most pressing first. Pure: the present is an argument.
import type { ShownConsumer } from "../../../../server/contract/consumers.ts";
import type { FunctionList } from "../../../../server/contract/functions.ts";
import type { ShownPartition } from "../../../../server/contract/partitions.ts";
import type { RunCounts } from "../../../../server/contract/runs.ts";
import { isOfRun } from "../../api/partitions.ts";
import type { Tone } from "../../components/status.tsx";
import { amount } from "../../text/time.ts";

export interface Known {
  /** Each undefined as long as it is not known. */
  readonly counts: RunCounts["items"] | undefined;
  readonly functions: FunctionList | undefined;
  readonly partitions: readonly ShownPartition[] | undefined;
  readonly consumers: readonly ShownConsumer[] | undefined;
  /** How many workers of the app are alive; null: the log does not say. */
  readonly workers: number | null | undefined;
  /** Events of its sources that it has not read. */
  readonly lag: number | undefined;
  /** Open ones; `more` where there are more than were asked for. */
  readonly deadLetters: { readonly count: number; readonly isMore: boolean } | undefined;
}

export interface Concern {
  readonly tone: Tone;
  readonly title: string;
  /** What it means, and what to do. */
  readonly hint: string;
  readonly link: { readonly to: "/runs" | "/partitions" | "/dead-letters" | "/functions" | "/consumers"; readonly status?: string };
}

/** Behind by so much, somebody should look. */
const FAR_BEHIND = 10_000;

export function concernsOf(known: Known): readonly Concern[] {
  return [
    ...workerConcerns(known),
    ...partitionConcerns(known),
    ...lagConcerns(known),
    ...runConcerns(known),
    ...deadLetterConcerns(known),
    ...functionConcerns(known),
    ...consumerConcerns(known),
  ];
}

function isDeserted({ workers }: Known): boolean {
  return workers === 0;
}

function workerConcerns(known: Known): readonly Concern[] {
  if (isDeserted(known)) {
    return [
      {
        tone: "bad",
        title: "No worker is alive",
        hint: "Nothing is decided and nothing is executed: events and runs wait in the log. Start the processes that run the app; nothing is lost.",
        link: { to: "/partitions" },
      },
    ];
  }
  const orphans = (known.partitions ?? []).filter(({ ownerAlive }) => ownerAlive === false);
  if (orphans.length === 0) return [];
  return [
    {
      tone: "bad",
      title:
        orphans.length === 1
          ? `The owner of partition ${numbers(orphans)} is not alive`
          : `The owners of partitions ${numbers(orphans)} are not alive`,
      hint: "Their events and runs wait until another worker takes over, which takes some seconds. If it stays like this, look at what the other workers log.",
      link: { to: "/partitions" },
    },
  ];
}

function lagConcerns(known: Known): readonly Concern[] {
  const { lag = 0 } = known;
  if (lag <= FAR_BEHIND) return [];
  return [
    {
      tone: "warn",
      title: `The app is ${amount(lag)} events behind`,
      hint: isDeserted(known)
        ? "Nobody reads them."
        : "They come faster than they are decided, or something holds a partition up. More workers help as long as there are more partitions than workers.",
      link: { to: "/partitions" },
    },
  ];
}

function partitionConcerns(known: Known): readonly Concern[] {
  const { partitions = [] } = known;
  const link = { to: "/partitions" } as const;
  const problemsOf = ({ local }: ShownPartition): readonly string[] => local?.problems.filter((problem) => !isOfRun(problem)) ?? [];
  const troubled = partitions.filter((partition) => problemsOf(partition).length > 0);
  const [first] = troubled;
  const differing = partitions.filter(({ verified }) => verified?.isEqual === false);
  const unowned = partitions.filter(({ owner }) => owner === null);
  return [
    ...(first === undefined
      ? []
      : [
          {
            tone: "bad" as const,
            title: `${names(troubled)}: ${problemsOf(first)[0] ?? ""}`,
            hint: "Runs of a partition that is stopped wait until it goes on.",
            link,
          },
        ]),
    ...(differing.length === 0
      ? []
      : [
          {
            tone: "bad" as const,
            title: `${names(differing)}: the owner's state is not what the journal says`,
            hint: "Verification found it. Keep the journal, and tell who develops Millrace.",
            link,
          },
        ]),
    ...(unowned.length === 0 || partitions.length === unowned.length || isDeserted(known)
      ? []
      : [{ tone: "warn" as const, title: `${names(unowned)} never had an owner`, hint: "Events in it wait for a worker.", link }]),
  ];
}

function runConcerns({ counts = [], functions }: Known): readonly Concern[] {
  const count = (status: string): number => counts.reduce((sum, each) => sum + (each.status === status ? each.count : 0), 0);
  const concerns: Concern[] = [];
  const quarantined = count("quarantined");
  if (quarantined > 0)
    concerns.push({
      tone: "bad",
      title: runs(quarantined, "quarantined"),
      hint: "Processes ended while their code executed. Mend it, deploy, then release them.",
      link: { to: "/runs", status: "quarantined" },
    });
  const parked = count("parked");
  if (parked > 0)
    concerns.push({
      tone: "bad",
      title: runs(parked, "parked"),
      hint: "Their code is missing, or not what they were recorded with. Deploy code that fits, then release them.",
      link: { to: "/runs", status: "parked" },
    });
  const failures = (functions?.items ?? []).map(({ id, rates }) => ({ id, count: total(rates.failed) })).filter((each) => each.count > 0);
  const minutes = functions?.items[0]?.rates.minutes ?? 60;
  const worst = failures.toSorted((one, other) => other.count - one.count)[0];
  if (worst !== undefined)
    concerns.push({
      tone: "bad",
      title: `${runs(total(failures.map((each) => each.count)), "failed")} in the last ${minutes} minutes`,
      hint: failures.length === 1 ? `All of them in ${worst.id}.` : `Most of them in ${worst.id}: ${amount(worst.count)}.`,
      link: { to: "/runs", status: "failed" },
    });
  return concerns;
}

function deadLetterConcerns({ deadLetters }: Known): readonly Concern[] {
  if (deadLetters === undefined || deadLetters.count === 0) return [];
  const { count, isMore } = deadLetters;
  return [
    {
      tone: "warn",
      title: `${isMore ? "More than " : ""}${count} dead letter${count === 1 && !isMore ? "" : "s"}`,
      hint: "Inputs and events that could not be decided or handled were set aside. Look why, then retry or discard them.",
      link: { to: "/dead-letters" },
    },
  ];
}

function functionConcerns({ functions }: Known): readonly Concern[] {
  const paused = (functions?.items ?? []).filter((each) => each.paused !== null);
  if (paused.length === 0) return [];
  return [
    {
      tone: "warn",
      title: `${paused.length === 1 ? `${paused[0]?.id ?? ""} is` : `${paused.length} functions are`} paused`,
      hint: "Their events are kept or skipped until somebody resumes them.",
      link: { to: "/functions" },
    },
  ];
}

function consumerConcerns(known: Known): readonly Concern[] {
  const all = known.consumers ?? [];
  // An older version that nobody runs was replaced: it waits for nothing.
  const consumers = all.filter(
    ({ id, version, workers }) => workers !== 0 || all.every((other) => other.id !== id || other.version <= version),
  );
  const deserted = consumers.filter(({ workers, lag }) => workers === 0 && (lag ?? 0) > 0);
  const behind = consumers.filter((each) => !deserted.includes(each) && (each.lag ?? 0) > FAR_BEHIND);
  const paused = consumers.filter((each) => each.paused);
  return [
    ...(isDeserted(known) ? [] : deserted).map(({ id, version, lag }) => ({
      tone: "warn" as const,
      title: `No worker runs consumer ${id}@${version}`,
      hint: `${lag === 1 ? "One event waits" : `${amount(lag ?? 0)} events wait`} for it. Start a process of the app that declares it; if it was taken out of the app on purpose, delete its topics.`,
      link: { to: "/consumers" } as const,
    })),
    ...behind.map(({ id, version, lag }) => ({
      tone: "warn" as const,
      title: `Consumer ${id}@${version} is ${amount(lag ?? 0)} events behind`,
      hint: "Its chart shows whether it catches up.",
      link: { to: "/consumers" } as const,
    })),
    ...paused.map(({ id, version }) => ({
      tone: "warn" as const,
      title: `Consumer ${id}@${version} is paused`,
      hint: "Events wait until somebody resumes it.",
      link: { to: "/consumers" } as const,
    })),
  ];
}

function names(partitions: readonly ShownPartition[]): string {
  return `Partition${partitions.length > 1 ? "s" : ""} ${numbers(partitions)}`;
}

function numbers(partitions: readonly ShownPartition[]): string {
  const shown = partitions.slice(0, 4).map(({ partition }) => partition);
  return `${shown.join(", ")}${partitions.length > shown.length ? " and more" : ""}`;
}

function runs(count: number, word: string): string {
  return `${amount(count)} run${count === 1 ? "" : "s"} ${word}`;
}

export function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}
