// What moves while the demo plays: how far the import is, how far each tenant is, and what goes on beside it.
import colors from "picocolors";
import { figures, pad } from "../../stage/narrator.ts";
import { VERIFY } from "../limits.ts";
import type { Meter } from "../services/report.ts";
import type { Heard } from "./heard.ts";

const BARS = "▁▂▃▄▅▆▇█";

export interface Scene {
  readonly meter: Meter;
  readonly heard: Pick<Heard, "isOpen" | "skippedSyncs">;
  /** Contacts of each tenant, in the order in which they are shown. */
  readonly crowd: ReadonlyMap<string, number>;
  readonly kills: number;
}

export interface Picture {
  readonly figures: string;
  readonly below: readonly string[];
}

export function pictureOf({ meter, heard, crowd, kills }: Scene): Picture {
  const all = [...crowd.values()].reduce((sum, count) => sum + count, 0);
  const verified = verifiedOf(meter);
  const breaker = heard.isOpen ? colors.red("breaker open  ") : "breaker closed";
  return {
    figures: figures(verified / all, [
      `${pad(verified, all)} of ${all}`,
      `${pad(meter.perSecond, VERIFY.newPerSecond)}/s`,
      `${pad(meter.atOnce, VERIFY.atOnce)} at once`,
      breaker,
    ]),
    below: [
      [...crowd].map(([tenant, count]) => bar((meter.verified[tenant] ?? 0) / count)).join(""),
      [
        `${meter.inserts} inserts of ${meter.rows} rows`,
        `${meter.indexes} re-indexings`,
        `${Math.floor(meter.sessions)} syncs, ${heard.skippedSyncs} skipped`,
        `${kills} killed`,
      ].join(colors.dim(" · ")),
    ],
  };
}

export function verifiedOf({ verified }: Pick<Meter, "verified">): number {
  return Object.values(verified).reduce((sum, count) => sum + count, 0);
}

/** `share`: 0 to 1. */
function bar(share: number): string {
  const text = BARS[Math.min(BARS.length - 1, Math.floor(share * BARS.length))] ?? "";
  return share >= 1 ? colors.green(text) : text;
}
