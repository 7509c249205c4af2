// Tells people what happens: a line for each event, and one that moves where the terminal can.
import colors from "picocolors";
import type { Ledger } from "./ledger.ts";

const BAR_WIDTH = 24;
const PLAIN_LINE_EVERY_MS = 1_500;

export interface Totals {
  readonly steps: number;
  readonly runs: number;
}

export class Narrator {
  readonly #begin = performance.now();
  readonly #out = process.stdout;
  #moving = "";
  #plainAt = 0;

  title(text: string): void {
    this.#print(`\n  ${colors.bold(text)}\n`);
  }

  /** `who` has a column of its own. */
  say(who: string, text: string): void {
    this.#print(`  ${this.#time()}  ${colors.cyan(who.padEnd(9))} ${text}`);
  }

  alarm(who: string, text: string): void {
    this.#print(`  ${this.#time()}  ${colors.red(who.padEnd(9))} ${colors.bold(text)}`);
  }

  heading(text: string): void {
    this.#print(`\n  ${text}`);
  }

  finding(holds: boolean | null, text: string): void {
    if (holds === null) this.#print(`  ${colors.dim("·")} ${text}`);
    else this.#print(`  ${holds ? colors.green("✓") : colors.red("✗")} ${holds ? text : colors.red(text)}`);
  }

  verdict(good: boolean, text: string): void {
    this.#moving = "";
    this.#print(`\n  ${colors.bold(good ? colors.green(text) : colors.red(text))}\n`);
  }

  /** Call it often: it moves on a terminal, and is a line now and then elsewhere. */
  count(ledger: Ledger, totals: Totals): void {
    const line = `  ${this.#time()}  ${figures(ledger, totals)}`;
    if (this.#out.isTTY) {
      this.#moving = line;
      this.#out.write(`\r${line}\u001B[K`);
    } else if (performance.now() - this.#plainAt >= PLAIN_LINE_EVERY_MS) {
      this.#plainAt = performance.now();
      this.#print(line);
    }
  }

  /** The last count, which stays. */
  settle(ledger: Ledger, totals: Totals): void {
    this.#moving = this.#moving === "" ? "" : "\r\u001B[K";
    this.#out.write(`${this.#moving}  ${this.#time()}  ${figures(ledger, totals)}\n`);
    this.#moving = "";
  }

  get elapsed(): string {
    return `${((performance.now() - this.#begin) / 1_000).toFixed(1)} s`;
  }

  #time(): string {
    return colors.dim(this.elapsed.padStart(6));
  }

  #print(line: string): void {
    this.#out.write(this.#moving === "" ? `${line}\n` : `\r\u001B[K${line}\n${this.#moving}`);
  }
}

function figures({ finishedAt, endedRuns, asleep, failedAttempts }: Ledger, totals: Totals): string {
  const filled = Math.min(BAR_WIDTH, Math.floor((finishedAt.size / totals.steps) * BAR_WIDTH));
  const bar = colors.green("━".repeat(filled)) + colors.dim("━".repeat(BAR_WIDTH - filled));
  const texts = [
    `${pad(finishedAt.size, totals.steps)}/${totals.steps} steps`,
    `${pad(endedRuns.size, totals.runs)}/${totals.runs} runs`,
    `${pad(asleep.size, 99)} asleep`,
    `${pad(failedAttempts, 99)} failures`,
  ];
  return `${bar} ${texts.join(colors.dim(" · "))}`;
}

function pad(count: number, most: number): string {
  return String(count).padStart(String(most).length);
}
