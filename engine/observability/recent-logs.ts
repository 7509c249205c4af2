// The last lines that runs of this process logged, a bounded ring for each, for people who look at a run. Nothing of it outlives the process.

export type RecentLevel = "debug" | "info" | "warn" | "error";

export interface RecentLine {
  /** Milliseconds since 1970, by this machine. */
  readonly at: number;
  readonly level: RecentLevel;
  readonly message: string;
  /** Key of the step whose code logged it; null: the function's own. */
  readonly step: string | null;
  /** As JSON, what was logged beside the message; null where nothing was, or where the line was too long to keep it. */
  readonly fields: string | null;
}

export interface RecentLines {
  /** Oldest first. */
  readonly lines: readonly RecentLine[];
  /** Older lines were let go. */
  readonly isCut: boolean;
}

export interface RecentLogsLimits {
  readonly maxLinesPerRun?: number;
  /** Of a line, as it was written; what is longer keeps the beginning of its message. */
  readonly maxLineChars?: number;
  /** Of all lines; then the runs that logged nothing for longest are forgotten. */
  readonly maxChars?: number;
}

interface Written {
  readonly at: number;
  readonly text: string;
}

interface Ring {
  lines: Written[];
  /** Of those at its beginning, so many are gone. */
  gone: number;
  chars: number;
  isCut: boolean;
}

const EMPTY: RecentLines = { lines: [], isCut: false };

export class RecentLogs {
  readonly #maxLines: number;
  readonly #maxLineChars: number;
  readonly #maxChars: number;
  /** The run that logged last is last. */
  readonly #rings = new Map<string, Ring>();
  #chars = 0;

  constructor({ maxLinesPerRun = 1_000, maxLineChars = 8 * 1024, maxChars = 16 * 1024 * 1024 }: RecentLogsLimits = {}) {
    this.#maxLines = maxLinesPerRun;
    this.#maxLineChars = maxLineChars;
    this.#maxChars = maxChars;
  }

  /** `line`: a line as pino writes it. */
  add(run: string, line: string, at = Date.now()): void {
    const text = line.length <= this.#maxLineChars ? line : shortened(line, this.#maxLineChars);
    const ring = this.#rings.get(run) ?? { lines: [], gone: 0, chars: 0, isCut: false };
    this.#rings.delete(run);
    this.#rings.set(run, ring);
    ring.lines.push({ at, text });
    this.#count(ring, text.length);
    if (ring.lines.length - ring.gone > this.#maxLines) this.#dropFirst(ring);
    this.#forgetOldest(run);
  }

  linesOf(run: string): RecentLines {
    const ring = this.#rings.get(run);
    return ring === undefined ? EMPTY : { lines: ring.lines.slice(ring.gone).map(shown), isCut: ring.isCut };
  }

  #dropFirst(ring: Ring): void {
    const first = ring.lines[ring.gone];
    ring.gone += 1;
    ring.isCut = true;
    this.#count(ring, -(first?.text.length ?? 0));
    // Not at each line: shifting a thousand for one is work for nothing.
    if (ring.gone < this.#maxLines) return;
    ring.lines = ring.lines.slice(ring.gone);
    ring.gone = 0;
  }

  #forgetOldest(but: string): void {
    for (const [run, ring] of this.#rings) {
      if (this.#chars <= this.#maxChars || run === but) return;
      this.#rings.delete(run);
      this.#chars -= ring.chars;
    }
  }

  #count(ring: Ring, by: number): void {
    ring.chars += by;
    this.#chars += by;
  }
}

/** What every line has, or its run says anyway. */
const KNOWN_FIELDS: ReadonlySet<string> = new Set([
  "level",
  "time",
  "pid",
  "hostname",
  "name",
  "msg",
  "message",
  "runId",
  "function",
  "step",
  "attempt",
  "traceId",
]);

function shown({ at, text }: Written): RecentLine {
  const line = parsed(text);
  if (line === null) return { at, level: "info", message: text.trim(), step: null, fields: null };
  const fields = Object.entries(line).filter(([name]) => !KNOWN_FIELDS.has(name));
  return {
    at,
    level: levelOf(line["level"]),
    message: messageOf(line),
    step: typeof line["step"] === "string" ? line["step"] : null,
    fields: fields.length === 0 ? null : JSON.stringify(Object.fromEntries(fields)),
  };
}

/** Loggers may write what is no JSON. */
function parsed(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const line: unknown = JSON.parse(text);
    return typeof line === "object" && line !== null && !Array.isArray(line) ? { ...line } : null;
  } catch {
    return null;
  }
}

function shortened(line: string, maxChars: number): string {
  const whole = parsed(line);
  if (whole === null) return line.slice(0, maxChars);
  const { level, step } = whole;
  return JSON.stringify({ level, step, msg: `${messageOf(whole).slice(0, maxChars - 200)} … (cut)` });
}

function messageOf({ msg, message }: Readonly<Record<string, unknown>>): string {
  const text = msg ?? message;
  return typeof text === "string" ? text : "";
}

/** pino's numbers, or their names where the logger writes those. */
function levelOf(level: unknown): RecentLevel {
  if (typeof level === "number") return level >= 50 ? "error" : level >= 40 ? "warn" : level >= 30 ? "info" : "debug";
  if (level === "fatal" || level === "error") return "error";
  if (level === "warn" || level === "info") return level;
  return level === "debug" || level === "trace" ? "debug" : "info";
}
