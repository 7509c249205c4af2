// What a command says to people beside its result.

export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
