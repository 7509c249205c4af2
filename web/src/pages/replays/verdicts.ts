// What a dry run finds, as people read it. The words are those of `millrace replay`.
import type { Tone } from "../../components/status.tsx";

interface Verdict {
  readonly label: string;
  readonly tone: Tone;
}

const VERDICTS: Readonly<Record<string, Verdict>> = {
  same: { label: "the same", tone: "good" },
  "different-output": { label: "other output", tone: "warn" },
  "different-result": { label: "other result", tone: "warn" },
  "would-run": { label: "would run more", tone: "warn" },
  "would-skip": { label: "would skip", tone: "warn" },
  "other-input": { label: "other input", tone: "warn" },
  "fails-differently": { label: "would fail", tone: "bad" },
  "goes-on": { label: "would go on", tone: "busy" },
  "not-deterministic": { label: "not deterministic", tone: "rest" },
  "not-settled": { label: "not settled", tone: "rest" },
  erased: { label: "erased", tone: "rest" },
};

export function verdictOf(verdict: string): Verdict {
  return VERDICTS[verdict] ?? { label: verdict, tone: "calm" };
}

/** Those that there are, in the order of the guide. */
export function countsInOrder(counts: Readonly<Record<string, number>>): readonly (readonly [verdict: string, count: number])[] {
  const order = Object.keys(VERDICTS);
  const place = (verdict: string): number => (order.includes(verdict) ? order.indexOf(verdict) : order.length);
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .toSorted(([a], [b]) => place(a) - place(b));
}
