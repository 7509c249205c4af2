// A cron trigger of a function that lives in this partition.

export interface CronState {
  readonly functionId: string;
  readonly cron: string;
  /** The next tick that is not decided, milliseconds since 1970. */
  readonly next: number;
  /** How long after it its run starts. */
  readonly delayMs: number;
}

export function cronKey(functionId: string, cron: string): string {
  return `${functionId}\n${cron}`;
}
