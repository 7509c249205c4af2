// Lines that a pino logger writes, seen as they go out: with what it redacts left out, and only those of its level.
import type { Logger as PinoLogger } from "pino";

/** pino names its hooks by this, in every copy of the package. */
const HOOKS = Symbol.for("pino.hooks");

type StreamWrite = (line: string) => string;

/** From here on, what this logger and its children write is told. A logger that is not pino's own is left as it is. */
export function tellLinesOf(logger: PinoLogger, tell: (line: string) => void): void {
  const hooks: unknown = Reflect.get(logger, HOOKS);
  if (typeof hooks !== "object" || hooks === null) return;
  const before = "streamWrite" in hooks && isStreamWrite(hooks.streamWrite) ? hooks.streamWrite : null;
  const streamWrite: StreamWrite = (line) => {
    const written = before === null ? line : before(line);
    tell(written);
    return written;
  };
  Object.defineProperty(logger, HOOKS, { value: { ...hooks, streamWrite } });
}

function isStreamWrite(hook: unknown): hook is StreamWrite {
  return typeof hook === "function";
}
