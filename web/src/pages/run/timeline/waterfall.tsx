// The timeline of a run as bars. Each lane is a button that shows the step beside; bars are SVG in percent, so that nothing is measured.
import "./waterfall.css";

import { useMemo, useState, type KeyboardEvent, type ReactElement } from "react";

import type { ShownRun } from "../../../../../server/contract/runs.ts";
import { Button } from "../../../components/button.tsx";
import { Icon, type IconName } from "../../../components/icon.tsx";
import { Time, useNow } from "../../../components/time.tsx";
import { amount, duration } from "../../../text/time.ts";
import { visible } from "../../../text/visible.ts";
import { ticksOf, timelineOf, type Lane, type Timeline } from "./spans.ts";

interface Props {
  readonly run: ShownRun;
  /** Key of a step; null: the run itself. */
  readonly selected: string | null;
  readonly onSelect: (step: string | null) => void;
}

/** Of a run that is open, all of them are drawn each second. The latest tell what it does. */
const MOST_LANES = 300;

export function Waterfall({ run, selected, onSelect }: Props): ReactElement {
  const now = useNow();
  const isOpen = run.endedAt === null;
  const end = isOpen ? now : 0;
  const timeline = useMemo(() => timelineOf(run, end), [run, end]);
  const [isWhole, setIsWhole] = useState(false);
  const [first, ...steps] = timeline.lanes;
  const left = isWhole ? 0 : Math.max(0, steps.length - MOST_LANES);
  const lanes = first === undefined ? [] : [first, ...steps.slice(left)];
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move === undefined) return;
    event.preventDefault();
    const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>(".lane")];
    buttons[buttons.indexOf(document.activeElement as HTMLElement) + move]?.focus();
  };
  return (
    <section className="waterfall" aria-label="Timeline">
      <Axis timeline={timeline} />
      {left > 0 && (
        <p className="none">
          <Button isSmall onClick={() => setIsWhole(true)}>
            {left === 1 ? "Show the step before these, too" : `Show the ${amount(left)} steps before these, too`}
          </Button>
        </p>
      )}
      <ol onKeyDown={onKeyDown}>
        {lanes.map((lane) => (
          <li key={lane.step ?? ""}>
            <LaneButton
              lane={lane}
              timeline={timeline}
              icon={lane.kind === null ? "functions" : ICONS[lane.kind]}
              isSelected={lane.step === selected}
              onSelect={() => onSelect(lane.step)}
            />
          </li>
        ))}
      </ol>
      {run.steps.length === 0 && <p className="quiet none">{isOpen ? "No step has ended yet." : "It took no steps."}</p>}
    </section>
  );
}

function LaneButton(of: {
  readonly lane: Lane;
  readonly timeline: Timeline;
  readonly icon: IconName;
  readonly isSelected: boolean;
  readonly onSelect: () => void;
}): ReactElement {
  const { lane, timeline, icon } = of;
  return (
    <button type="button" className={`lane tone-${lane.tone}`} aria-pressed={of.isSelected} onClick={of.onSelect}>
      <span className="lane-label" title={visible(lane.label)}>
        <Icon name={icon} size={14} />
        <bdi className="clip">{visible(lane.label)}</bdi>
      </span>
      <Bars lane={lane} timeline={timeline} />
      <span className="lane-took">
        <span className="unseen">{lane.status}, </span>
        {lane.dueAt !== null ? <Time at={lane.dueAt} /> : lane.tookMs === null ? "" : duration(lane.tookMs)}
      </span>
    </button>
  );
}

function Bars({ lane, timeline: { from, to } }: { readonly lane: Lane; readonly timeline: Timeline }): ReactElement {
  const percent = (ms: number): string => `${((ms / (to - from)) * 100).toFixed(3)}%`;
  return (
    <svg className="bars" width="100%" height="20" aria-hidden="true">
      {lane.spans.map((span, at) => (
        <g key={at} className={`span is-${span.look} tone-${span.tone}`}>
          <title>{visible(`${span.words} · ${duration(span.to - span.from)}`)}</title>
          {/* However short, it is seen. */}
          <rect className="least" x={percent(span.from - from)} y="4" width="3" height="12" rx="1.5" />
          <rect
            x={percent(span.from - from)}
            y={span.look === "idle" ? 8 : 4}
            width={percent(span.to - span.from)}
            height={span.look === "idle" ? 4 : 12}
            rx="2"
          />
        </g>
      ))}
    </svg>
  );
}

function Axis({ timeline: { from, to } }: { readonly timeline: Timeline }): ReactElement {
  const length = to - from;
  return (
    <div className="axis" aria-hidden="true">
      <span />
      <svg width="100%" height="20">
        {ticksOf(length, 5).map((tick) => {
          const isLast = tick / length > 0.92;
          return (
            <text
              key={tick}
              x={`${((tick / length) * 100).toFixed(2)}%`}
              y="14"
              textAnchor={tick === 0 ? "start" : isLast ? "end" : "middle"}
            >
              {tick === 0 ? "0" : duration(tick)}
            </text>
          );
        })}
      </svg>
      <span />
    </div>
  );
}

const ICONS: Readonly<Record<ShownRun["steps"][number]["kind"], IconName>> = {
  run: "play",
  send: "send",
  sleep: "clock",
  wait: "events",
  invoke: "link",
  iterate: "rerun",
};
