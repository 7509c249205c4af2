// Icons of our own: strokes on a grid of 16. They say nothing to screen readers: words beside them do.
import type { ReactElement } from "react";

const PATHS = {
  overview: "M2.5 9.5c2.5 0 2.5-3 5-3s3 3 6 3M2.5 13c2.5 0 2.5-3 5-3s3 3 6 3M2.5 6c2.5 0 2.5-3 5-3s3 3 6 3",
  runs: "M2.5 4h7M5.5 8h8M2.5 12h5",
  events: "M8.8 1.8 3.5 9h4l-.8 5.2L12.5 7h-4z",
  send: "M13.8 2.2 7.2 8.8M13.8 2.2 9.6 13.8 7.2 8.8 2.2 6.4z",
  functions:
    "M5.5 2.5H4.2c-.9 0-1.4.6-1.4 1.5v2.2c0 1-.6 1.8-1.6 1.8 1 0 1.6.8 1.6 1.8V12c0 .9.5 1.5 1.4 1.5h1.3M10.5 2.5h1.3c.9 0 1.4.6 1.4 1.5v2.2c0 1 .6 1.8 1.6 1.8-1 0-1.6.8-1.6 1.8V12c0 .9-.5 1.5-1.4 1.5h-1.3",
  consumers: "M2.5 3h11M4.5 6.5h7M6.5 10h3M8 10v4",
  deadLetters: "M2 4h12v8.5H2zM2 4.5l6 4.5 6-4.5M10.5 1.5l-5 0",
  replays: "M3 8a5 5 0 1 0 1.6-3.7M3 2.5v2.8h2.8M8 5.2V8l2 1.4",
  partitions: "M2.5 2.5h11v3h-11zM2.5 6.5h11v3h-11zM2.5 10.5h11v3h-11z",
  audit: "M4 1.8h8v12.4H4zM6.2 5h3.6M6.2 8h3.6M6.2 11h2",
  search: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.4 10.4l3.6 3.6",
  close: "M3.5 3.5l9 9M12.5 3.5l-9 9",
  menu: "M2 4h12M2 8h12M2 12h12",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  check: "M2.5 8.5l3.5 3.5 7.5-8",
  chevronRight: "M6 3l5 5-5 5",
  chevronLeft: "M10 3L5 8l5 5",
  chevronDown: "M3 6l5 5 5-5",
  warning: "M8 2 1.5 13.5h13zM8 6.2v3.6M8 11.6v.2",
  stop: "M3.5 3.5h9v9h-9z",
  cancel: "M8 14.2A6.2 6.2 0 1 0 8 1.8a6.2 6.2 0 0 0 0 12.4zM5.6 5.6l4.8 4.8M10.4 5.6l-4.8 4.8",
  rerun: "M13 8a5 5 0 1 1-1.6-3.7M13 2.5v2.8h-2.8",
  release: "M4 7V5a4 4 0 0 1 7.6-1.8M3 7h10v7H3z",
  pause: "M5 3v10M11 3v10",
  play: "M4.5 2.8v10.4L13 8z",
  clock: "M8 14.2A6.2 6.2 0 1 0 8 1.8a6.2 6.2 0 0 0 0 12.4zM8 4.8V8l2.2 1.6",
  sun: "M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6zM8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.8.8M11.8 11.8l.8.8M3.4 12.6l.8-.8M11.8 4.2l.8-.8",
  moon: "M13 9.6A5.6 5.6 0 0 1 6.4 3 5.6 5.6 0 1 0 13 9.6z",
  system: "M2 3h12v8H2zM5.5 14h5M8 11v3",
  keyboard: "M1.5 4h13v8h-13zM4 6.7h.1M6.7 6.7h.1M9.3 6.7h.1M12 6.7h.1M4.5 9.5h7",
  logOut: "M6.5 2.5h-4v11h4M6 8h8M11 5l3 3-3 3",
  edit: "M2.5 13.5l.8-3.2 7.6-7.6 2.4 2.4-7.6 7.6zM9.6 4l2.4 2.4",
  link: "M6.5 9.5l3-3M7 4.8l1.6-1.6a2.9 2.9 0 0 1 4.2 4.2L11.2 9M9 11.2l-1.6 1.6a2.9 2.9 0 0 1-4.2-4.2L4.8 7",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }): ReactElement {
  return (
    <svg className="icon" viewBox="0 0 16 16" width={size} height={size} aria-hidden="true" focusable="false">
      <path d={PATHS[name]} fill="none" stroke="currentColor" strokeWidth="1.4" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
