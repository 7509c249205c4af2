// Tells people what happens: a line for each event, and figures that move where the terminal can.
import colors from "picocolors";

const BAR_WIDTH = 24;
const PLAIN_LINE_EVERY_MS = 1_500;

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

  /** Call it often: it moves on a terminal, with the lines `below` it, and is a line now and then elsewhere. */
  count(figures: string, below: readonly string[] = []): void {
    const line = `  ${this.#time()}  ${figures}`;
    if (this.#out.isTTY) {
      const moved = [line, ...below.map((text) => `          ${text}`)].join("\n");
      this.#out.write(`${this.#erasing()}${moved}`);
      this.#moving = moved;
    } else if (performance.now() - this.#plainAt >= PLAIN_LINE_EVERY_MS) {
      this.#plainAt = performance.now();
      this.#print(line);
    }
  }

  /** The last count, which stays. */
  settle(figures: string): void {
    this.#out.write(`${this.#erasing()}  ${this.#time()}  ${figures}\n`);
    this.#moving = "";
  }

  get elapsed(): string {
    return `${((performance.now() - this.#begin) / 1_000).toFixed(1)} s`;
  }

  #time(): string {
    return colors.dim(this.elapsed.padStart(6));
  }

  #print(line: string): void {
    this.#out.write(`${this.#erasing()}${line}\n${this.#moving}`);
  }

  /** From where the moving lines begin, nothing is left. */
  #erasing(): string {
    if (this.#moving === "") return "";
    const up = this.#moving.split("\n").length - 1;
    return `${up === 0 ? "" : `\u001B[${up}A`}\r\u001B[J`;
  }
}

/** `share` of what is to be done, 0 to 1, then some counts. */
export function figures(share: number, counts: readonly string[]): string {
  const filled = Math.min(BAR_WIDTH, Math.floor(share * BAR_WIDTH));
  const bar = colors.green("━".repeat(filled)) + colors.dim("━".repeat(BAR_WIDTH - filled));
  return `${bar} ${counts.join(colors.dim(" · "))}`;
}

/** As wide as the largest it can be, so that the line stands still. */
export function pad(count: number, most: number): string {
  return String(count).padStart(String(most).length);
}
