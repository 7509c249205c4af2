// Bars of a function's runs over the last minutes, as small as a word: what completed, and on top of it what failed.
import "./charts.css";

import { useId, type ReactNode } from "react";

import { place } from "./scale.ts";

const WIDTH = 120;
const HEIGHT = 28;
/** Whatever failed has to be seen, however much completed. */
const LEAST = 2;

/** @param completed, failed of equal length, oldest first */
export function Sparkline(props: {
  readonly label: string;
  readonly completed: readonly number[];
  readonly failed: readonly number[];
}): ReactNode {
  const { label, completed, failed } = props;
  const title = useId();
  const max = Math.max(1, ...completed.map((count, index) => count + (failed[index] ?? 0)));
  const width = WIDTH / Math.max(1, completed.length);
  return (
    <svg className="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} role="img" aria-labelledby={title}>
      <title id={title}>{label}</title>
      <line className="sparkline-base" x1={0} x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
      {completed.map((count, index) => {
        const bad = failed[index] ?? 0;
        const badHeight = bad === 0 ? 0 : Math.max(LEAST, place(bad, 0, max, 0, HEIGHT - 1));
        const goodHeight = count === 0 ? 0 : Math.max(1, place(count, 0, max, 0, HEIGHT - 1 - badHeight));
        const x = Math.round(index * width * 10) / 10;
        return (
          // Buckets have no other name than their place.
          <g key={index}>
            {goodHeight > 0 && (
              <rect className="bar-good" x={x} width={Math.max(2, width - 1)} y={HEIGHT - 1 - goodHeight} height={goodHeight} />
            )}
            {badHeight > 0 && (
              <rect className="bar-bad" x={x} width={Math.max(2, width - 1)} y={HEIGHT - 1 - goodHeight - badHeight} height={badHeight} />
            )}
          </g>
        );
      })}
    </svg>
  );
}
