// What people are told of an erasure.

/** `keys`: how many there were. `log`: its description. */
export function erasedInWords(keys: number, log: string): string {
  if (keys === 0) return "there was nothing to erase: no data of this subject is in the log, or it was erased before";
  const when = log.startsWith("kafka")
    ? "their bytes are gone from the brokers' disks within two days, by compaction"
    : "their bytes are gone from its files within a minute";
  return `${keys === 1 ? "1 key was" : `${keys} keys were`} erased: nobody who reads the log can read what was under ${keys === 1 ? "it" : "them"} any more, and ${when}. Backups of the log keep them for as long as you keep those`;
}
