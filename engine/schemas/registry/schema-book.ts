// What the schemas topic says, as far as it was read. Pure: the same records in the same order make the same book.
//
// The first record of a key stands. Whoever says something else under it comes too late: ids and versions are for good. Compaction, however,
// keeps the last record of a key, so what stands must be said again behind a latecomer: `unsaid` has what is still to say.
import { schemaRecordKey, type SchemaRecord, type SubjectVersion } from "./schema-records.ts";

export interface BookVersion extends SubjectVersion {
  readonly id: number;
  readonly schema: string;
}

export class SchemaBook {
  readonly #byKey = new Map<string, SchemaRecord>();
  readonly #schemas = new Map<number, string>();
  /** Subject → version → id: of the app itself, and as registries said. */
  readonly #own = new Map<string, Map<number, number>>();
  readonly #copied = new Map<string, Map<number, number>>();
  readonly #unsaid = new Map<string, SchemaRecord>();

  /** True if the record stands: it is the first of its key, or says the same. */
  see(record: SchemaRecord): boolean {
    const key = schemaRecordKey(record);
    const first = this.#byKey.get(key);
    if (first === undefined) {
      this.#byKey.set(key, record);
      this.#take(record);
      return true;
    }
    const stands = saysTheSame(first, record);
    if (stands) {
      this.#unsaid.delete(key);
      this.#take(record);
    } else {
      this.#unsaid.set(key, first);
    }
    return stands;
  }

  schemaOf(id: number): string | null {
    return this.#schemas.get(id) ?? null;
  }

  /** Records that stand and are not the last of their key. */
  get unsaid(): readonly SchemaRecord[] {
    return [...this.#unsaid.values()];
  }

  /** In alphabetical order. */
  get subjects(): readonly string[] {
    return [...new Set([...this.#own.keys(), ...this.#copied.keys()])].toSorted();
  }

  /** Oldest first. The app's own, and those that a registry told of where the app has none of their number. */
  versionsOf(subject: string): readonly BookVersion[] {
    const versions = new Map([...(this.#copied.get(subject) ?? []), ...(this.#own.get(subject) ?? [])]);
    return [...versions]
      .toSorted(([a], [b]) => a - b)
      .flatMap(([version, id]) => {
        const schema = this.#schemas.get(id);
        return schema === undefined ? [] : [{ subject, version, id, schema }];
      });
  }

  /** The id by which a registry knows the schema in the subject. Null: nobody told of one. */
  copiedIdOf(subject: string, schema: string): number | null {
    const ids = [...(this.#copied.get(subject)?.values() ?? [])];
    return ids.find((id) => this.#schemas.get(id) === schema) ?? null;
  }

  #take(record: SchemaRecord): void {
    if (record.kind === "version") {
      put(this.#own, record, record.id);
      return;
    }
    this.#schemas.set(record.id, record.schema);
    if (record.copied !== null) put(this.#copied, record.copied, record.id);
  }
}

/** Where a registry's copy was made does not matter: the same id means the same schema. */
function saysTheSame(a: SchemaRecord, b: SchemaRecord): boolean {
  return a.kind === "schema" && b.kind === "schema" ? a.schema === b.schema : a.id === b.id;
}

function put(subjects: Map<string, Map<number, number>>, { subject, version }: SubjectVersion, id: number): void {
  const versions = subjects.get(subject) ?? new Map<number, number>();
  subjects.set(subject, versions.set(version, id));
}
