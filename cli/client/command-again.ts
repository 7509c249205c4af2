// The command as it was typed, to be given again.

/** What is in no list of processes is in no message either. */
const SECRETS = ["--token"];

/** `add`: flags to put behind it. `without`: flags with a value that it had. */
export function commandAgain({
  add = [],
  without = [],
}: { readonly add?: readonly string[]; readonly without?: readonly string[] } = {}): string {
  const words = process.argv.slice(2);
  const left = [...without, ...SECRETS];
  const kept = words.filter((word, index) => {
    if (left.some((flag) => word === flag || word.startsWith(`${flag}=`))) return false;
    const before = words[index - 1];
    return before === undefined || !left.includes(before);
  });
  return ["millrace", ...kept, ...add].map((word) => quoted(word)).join(" ");
}

/** As a shell takes it. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
