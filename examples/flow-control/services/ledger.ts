// What the services know: every request, what came of it, and what is going on.
import { Books } from "../../services/books.ts";
import { MOST_NEW, VERIFY } from "../limits.ts";
import { Gauge } from "./gauge.ts";
import { Rate } from "./rate.ts";
import type { Asked, Meter, Outage, Report, Service } from "./report.ts";

/** A request, as it was entered. */
export type Entry = { -readonly [Field in keyof Asked]: Asked[Field] };

export class Ledger {
  readonly #asked: Entry[] = [];
  readonly #books = new Books();
  readonly #gauges = new Map<string, Gauge>();
  readonly #new = new Rate();
  readonly #verified: Record<string, number> = {};
  readonly #done: Record<Service, number> = { verifications: 0, rows: 0, indexes: 0, sessions: 0 };
  #rows = 0;
  #outage: Outage | null = null;

  /** From now on, for so long, no address is verified. */
  fail(ms: number): void {
    const from = Date.now();
    this.#outage = { from, to: from + ms };
  }

  get fails(): boolean {
    return this.#outage !== null && Date.now() < this.#outage.to;
  }

  /** Where requests are counted together: those of a service, or those for one tenant's table. */
  gauge(service: Service, tenant: string): Gauge {
    const name = service === "rows" ? `rows ${tenant}` : service;
    const gauge = this.#gauges.get(name) ?? new Gauge();
    this.#gauges.set(name, gauge);
    return gauge;
  }

  enter(service: Service, { key, caller, body, atOnce }: Pick<Asked, "key" | "caller" | "body" | "atOnce">): Entry {
    const at = Date.now();
    if (service === "verifications" && this.#books.ask(key) === 1) this.#new.add(at);
    const entry: Entry = { service, key, caller, at, body, effect: false, atOnce, status: 0 };
    this.#asked.push(entry);
    return entry;
  }

  /** More than the service allows. */
  isTooMuch({ service, at, atOnce }: Entry): boolean {
    return service === "verifications" && (atOnce > VERIFY.atOnce || this.#new.lately(at) > MOST_NEW);
  }

  /** Does what the request asks for, unless it was done before. */
  perform(entry: Entry): string {
    const { service, key, body } = entry;
    const { id, effect } = this.#books.perform(service, key);
    entry.effect = effect;
    if (!effect) return id;
    this.#done[service] += 1;
    if (service === "rows") this.#rows += (body["contacts"] as readonly number[]).length;
    const tenant = String(body["tenant"]);
    if (service === "verifications") this.#verified[tenant] = (this.#verified[tenant] ?? 0) + 1;
    return id;
  }

  get report(): Report {
    return { asked: this.#asked, outage: this.#outage };
  }

  get meter(): Meter {
    const { rows: inserts, indexes, sessions } = this.#done;
    return {
      atOnce: this.gauge("verifications", "").now,
      perSecond: this.#new.lately(Date.now()),
      fails: this.fails,
      verified: this.#verified,
      inserts,
      rows: this.#rows,
      indexes,
      sessions: sessions / 2,
    };
  }
}
