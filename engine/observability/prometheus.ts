// Meters in Prometheus' text format, by prom-client: https://prometheus.io/docs/instrumenting/exposition_formats/
import {
  collectDefaultMetrics,
  Counter,
  Gauge,
  Histogram,
  Registry,
  type HistogramConfiguration,
  type MetricValueWithName,
} from "prom-client";
import { must } from "../core/errors.ts";
import type { AnyFamily, CounterFamily, GaugeFamily, Histogram as Observed, HistogramFamily, Member } from "./instruments.ts";
import type { Meters } from "./meters.ts";

export interface Measured {
  /** Added to each member's; the same names in all that are told together. */
  readonly labels: Readonly<Record<string, string>>;
  readonly meters: Meters;
}

type Labels = Record<string, string>;

/** With what prom-client knows of the process: its memory, its event loop. */
export async function prometheusText(measured: readonly Measured[]): Promise<string> {
  const registry = new Registry();
  const families = measured.map(({ labels, meters }) => ({ labels, families: meters.families() }));
  for (const [index, family] of families[0]?.families.entries() ?? []) {
    const same = families.map(({ labels, families: all }) => ({ labels, family: must(all[index], "the same families") }));
    put(registry, family, same);
  }
  const [own, process] = await Promise.all([registry.metrics(), processMetrics().metrics()]);
  return `${own}${process}`;
}

type Same = readonly { readonly labels: Readonly<Labels>; readonly family: AnyFamily }[];

function put(registry: Registry, { kind, name, help, labels }: AnyFamily, same: Same): void {
  const labelNames = [...Object.keys(same[0]?.labels ?? {}), ...labels];
  const configuration = { name, help, labelNames, registers: [registry] };
  switch (kind) {
    case "counter": {
      const counter = new Counter(configuration);
      for (const { labels: all, instrument } of membersOf(same, isCounter)) counter.inc(all, instrument.value);
      return;
    }
    case "gauge": {
      const gauge = new Gauge(configuration);
      for (const { labels: all, instrument } of membersOf(same, isGauge)) gauge.set(all, instrument.value);
      return;
    }
    default:
      new ToldHistogram(configuration, [...membersOf(same, isHistogram)]);
  }
}

interface Told<Instrument> {
  readonly labels: Labels;
  readonly instrument: Instrument;
}

type Members<Instrument> = { members(): readonly Member<Instrument>[] };

function* membersOf<Instrument>(
  same: Same,
  is: (family: AnyFamily) => family is AnyFamily & Members<Instrument>,
): Iterable<Told<Instrument>> {
  for (const { labels: common, family } of same) {
    if (!is(family)) continue;
    const members: Members<Instrument> = family;
    for (const { labels, instrument } of members.members()) {
      const own = family.labels.map((name, index) => [name, labels[index] ?? ""] as const);
      yield { labels: { ...common, ...Object.fromEntries(own) }, instrument };
    }
  }
}

const isCounter = (family: AnyFamily): family is CounterFamily => family.kind === "counter";
const isGauge = (family: AnyFamily): family is GaugeFamily => family.kind === "gauge";
const isHistogram = (family: AnyFamily): family is HistogramFamily => family.kind === "histogram";

interface ToldValues {
  readonly name: string;
  readonly help: string;
  readonly type: "histogram";
  readonly aggregator: "sum";
  readonly values: readonly MetricValueWithName<string>[];
}

/** Tells what was observed elsewhere. */
class ToldHistogram extends Histogram {
  readonly #name: string;
  readonly #help: string;
  readonly #told: readonly Told<Observed>[];

  constructor(configuration: HistogramConfiguration<string>, told: readonly Told<Observed>[]) {
    super(configuration);
    this.#name = configuration.name;
    this.#help = configuration.help;
    this.#told = told;
  }

  /** What prom-client's registry asks a histogram for. */
  async getForPromString(): Promise<ToldValues> {
    const values = this.#told.flatMap(({ labels, instrument }) => [...valuesOf(this.#name, labels, instrument)]);
    return { name: this.#name, help: this.#help, type: "histogram", aggregator: "sum", values };
  }
}

function* valuesOf(name: string, labels: Labels, { bounds, counts, sum }: Observed): Iterable<MetricValueWithName<string>> {
  let count = 0;
  for (const [index, bound] of bounds.entries()) {
    count += counts[index] ?? 0;
    yield { metricName: `${name}_bucket`, labels: { le: bound, ...labels }, value: count };
  }
  count += counts[bounds.length] ?? 0;
  yield { metricName: `${name}_bucket`, labels: { le: "+Inf", ...labels }, value: count };
  yield { metricName: `${name}_sum`, labels, value: sum };
  yield { metricName: `${name}_count`, labels, value: count };
}

let ofProcess: Registry | null = null;

/** One for the process, from the first time that somebody asks: watching the event loop and the collector costs a little. */
function processMetrics(): Registry {
  if (ofProcess === null) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess });
  }
  return ofProcess;
}
