// What numbers are kept in while the engine runs: plain fields, so that counting costs next to nothing. Whoever wants to know reads them.

export interface FamilySpec {
  /** With the unit in it, as Prometheus wants it: `millrace_restore_seconds`. */
  readonly name: string;
  readonly help: string;
  /** Names of what tells its members apart. Never ids of runs or events: there is no end to those. */
  readonly labels?: readonly string[];
}

/** What exceeds this is counted together, under `other`. */
const MAX_MEMBERS = 5_000;
const OTHER = "other";

export class Counter {
  value = 0;

  add(by = 1): void {
    this.value += by;
  }
}

export class Histogram {
  /** Upper bounds, ascending. */
  readonly bounds: readonly number[];
  /** By bucket, not cumulated; the last is for what exceeds all bounds. */
  readonly counts: Float64Array;
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const { bounds, counts } = this;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket += 1;
    counts[bucket] = (counts[bucket] ?? 0) + 1;
    this.sum += value;
  }
}

export interface Member<Instrument> {
  readonly labels: readonly string[];
  readonly instrument: Instrument;
}

abstract class Family<Instrument> {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly #members = new Map<string, Member<Instrument>>();

  constructor({ name, help, labels = [] }: FamilySpec) {
    this.name = name;
    this.help = help;
    this.labels = labels;
  }

  protected abstract make(): Instrument;

  /** Made when it is first asked for. Whoever counts often keeps it. */
  of(...labels: string[]): Instrument {
    const key = labels.length === 1 ? (labels[0] ?? "") : labels.join("\0");
    return (this.#members.get(key) ?? this.#add(key, labels)).instrument;
  }

  members(): readonly Member<Instrument>[] {
    return [...this.#members.values()];
  }

  protected clear(): void {
    this.#members.clear();
  }

  #add(key: string, labels: readonly string[]): Member<Instrument> {
    if (this.#members.size >= MAX_MEMBERS) {
      const others = labels.map(() => OTHER);
      const other = this.#members.get(others.join("\0"));
      return other ?? this.#put(others.join("\0"), others);
    }
    return this.#put(key, labels);
  }

  #put(key: string, labels: readonly string[]): Member<Instrument> {
    const member = { labels, instrument: this.make() };
    this.#members.set(key, member);
    return member;
  }
}

export class CounterFamily extends Family<Counter> {
  readonly kind = "counter";

  protected override make(): Counter {
    return new Counter();
  }
}

/** What is looked up when somebody asks. */
export class GaugeFamily extends Family<Counter> {
  readonly kind = "gauge";

  protected override make(): Counter {
    return new Counter();
  }

  /** In the place of all that was said before. */
  replace(values: Iterable<readonly [labels: readonly string[], value: number]>): void {
    this.clear();
    for (const [labels, value] of values) this.of(...labels).value += value;
  }
}

export class HistogramFamily extends Family<Histogram> {
  readonly kind = "histogram";
  readonly #bounds: readonly number[];

  constructor(spec: FamilySpec & { readonly bounds: readonly number[] }) {
    super(spec);
    this.#bounds = spec.bounds;
  }

  protected override make(): Histogram {
    return new Histogram(this.#bounds);
  }
}

export type AnyFamily = CounterFamily | GaugeFamily | HistogramFamily;
