// Who owns a partition, by which deployment it decides, and what its owner says of its state.
import type { DatabaseSync } from "node:sqlite";
import type { Claim } from "../../schemas/journal/generated.ts";
import type { Owner } from "./journal-owner.ts";
import type { Handlers } from "./records.ts";

export function recordsOfDeployment(db: DatabaseSync): Handlers<"ManifestActivated" | "DigestTold"> {
  const activate = db.prepare(
    "INSERT INTO activated VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET version = excluded.version, at = excluded.at",
  );
  const know = db.prepare("INSERT INTO manifest VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
  const tell = db.prepare(
    "INSERT INTO digest VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET lsn = excluded.lsn, digest = excluded.digest, at = excluded.at",
  );
  return {
    ManifestActivated({ version, hash, content }, { partition, time }) {
      activate.run(partition, version, time);
      know.run(version, hash, content);
    },
    DigestTold({ of, digest }, { partition, time }) {
      tell.run(partition, of, digest, time);
    },
  };
}

/** A claim that counts. */
export function claimed(db: DatabaseSync): (partition: number, claim: Claim, owner: Owner) => void {
  const take = db.prepare(`
    INSERT INTO owner VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET worker = excluded.worker, epoch = excluded.epoch, lsn = excluded.lsn, at = excluded.at`);
  return (partition, { worker, time }, { epoch, lsn }) => {
    take.run(partition, worker, epoch ?? -1, lsn, time);
  };
}
