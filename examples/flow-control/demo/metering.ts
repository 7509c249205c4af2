// Asks the services for their figures again and again, and for all that they know at the end.
import type { Meter, Report } from "../services/report.ts";

const EVERY_MS = 150;
const NOTHING: Meter = { atOnce: 0, perSecond: 0, fails: false, verified: {}, inserts: 0, rows: 0, indexes: 0, sessions: 0 };

export class Metering implements Disposable {
  last = NOTHING;
  readonly #timer: NodeJS.Timeout;

  constructor(url: string, onMeter: (meter: Meter) => void) {
    this.#timer = setInterval(() => {
      // The last request may find nobody: the services go first.
      void meterOf(url).then(
        (meter) => {
          this.last = meter;
          onMeter(meter);
        },
        () => {},
      );
    }, EVERY_MS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

export async function askedFor(url: string): Promise<Report> {
  return (await (await fetch(`${url}/report`)).json()) as Report;
}

async function meterOf(url: string): Promise<Meter> {
  return (await (await fetch(`${url}/meter`)).json()) as Meter;
}
