// Whether it is so: by the orders, the books, and what accounting was told, not by what the commands say of themselves.
import type { DryRunReport } from "../../../engine/replay/dry-run/report.ts";
import type { Finding } from "../../stage/finding.ts";
import type { Books } from "../books.ts";
import { vatOf } from "../vat.ts";
import type { ToldInvoice } from "./invoices.ts";
import { isAtTheLimit, type Order } from "./orders.ts";

export interface Evidence {
  readonly placed: readonly Order[];
  readonly report: DryRunReport;
  /** Once more, after all. */
  readonly again: DryRunReport;
  /** Before the dry run, after it, and after the repair. */
  readonly books: readonly [Totals, Totals, Totals];
  /** Invoice numbers that were ever asked for. */
  readonly numbers: number;
  /** What accounting was told. */
  readonly told: readonly ToldInvoice[];
}

type Totals = ReturnType<Books["totals"]>;

export function findings({ placed, report, again, books, numbers, told }: Evidence): readonly Finding[] {
  const [before, dry, after] = books;
  const hit = placed.filter(isAtTheLimit).map(({ order }) => order);
  const named = report.runs.map(({ event }) => event.id).toSorted();
  const others = placed.length - hit.length;
  const originals = new Map(told.filter(({ corrects }) => corrects === null).map((invoice) => [invoice.id, invoice]));
  const corrections = told.filter(({ corrects }) => corrects !== null);
  const isTold = corrections.every(({ order, corrects, total }) => {
    const original = originals.get(corrects ?? "");
    return original?.order === order && original.total !== total && total === after.get(order)?.total;
  });
  return [
    {
      holds: isSameList(named, hit) && report.counts.same === others,
      text: `the dry run names ${named.length} of ${placed.length} orders: exactly those of 150.00`,
    },
    {
      holds: [...before].every(([order, booked]) => isEqual(booked, dry.get(order))),
      text: "nothing was booked to find that out",
    },
    {
      holds: placed.every(({ order, net }) => after.get(order)?.total === net + vatOf(net).amount),
      text: `every one of the ${placed.length} bookings is right now`,
    },
    {
      holds: isSameList(changedOrders(before, after), hit) && hit.every((order) => after.get(order)?.times === 2),
      text: `${hit.length} were booked again, once each; the other ${others} were not touched`,
    },
    {
      holds: numbers === placed.length,
      text: `each kept its invoice number: ${numbers} were ever given out`,
    },
    {
      holds: originals.size === placed.length && isSameList(corrections.map(({ order }) => order).toSorted(), hit) && isTold,
      text: `accounting was told ${corrections.length} corrections, each with a reference to what it corrects, and nothing twice`,
    },
    { holds: again.counts.same === placed.length, text: `another dry run finds nothing: ${again.counts.same} are the same` },
  ];
}

function changedOrders(before: Totals, after: Totals): readonly string[] {
  return [...after]
    .filter(([order, booked]) => !isEqual(booked, before.get(order)))
    .map(([order]) => order)
    .toSorted();
}

function isEqual(
  a: { readonly total: number; readonly times: number },
  b: { readonly total: number; readonly times: number } | undefined,
): boolean {
  return a.total === b?.total && a.times === b.times;
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
