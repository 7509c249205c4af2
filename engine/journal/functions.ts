// Entries of the functions topic: manifests, which partition decides by which, shapes of waits, and the format that all may write.
import {
  activationV1Schema,
  formatV1Schema,
  manifestV1Schema,
  shapeV1Schema,
  type FormatActivated,
  type ManifestPublished,
  type PartitionActivated,
  type ShapePublished,
} from "../../schemas/journal/generated.ts";
import { JournalError } from "./errors.ts";
import { fingerprintIn, SingleObject } from "./single-object.ts";

export type FunctionsEntry =
  | { readonly kind: "manifest"; readonly manifest: ManifestPublished }
  | { readonly kind: "activation"; readonly activation: PartitionActivated }
  | { readonly kind: "shape"; readonly shape: ShapePublished }
  | { readonly kind: "format"; readonly activated: FormatActivated };

const manifestV1 = new SingleObject<ManifestPublished>(manifestV1Schema);
const activationV1 = new SingleObject<PartitionActivated>(activationV1Schema);
const formatV1 = new SingleObject<FormatActivated>(formatV1Schema);
const shapeV1 = new SingleObject<ShapePublished>(shapeV1Schema);

/** Keyed by content, so that compaction keeps the newest of each. */
export function encodeManifest(manifest: ManifestPublished): { key: Buffer; value: Buffer } {
  return { key: Buffer.from(`manifest/${manifest.hash}`), value: manifestV1.encode(manifest) };
}

export function encodeActivation(activation: PartitionActivated): { key: Buffer; value: Buffer } {
  return { key: Buffer.from(`activation/${activation.partition}`), value: activationV1.encode(activation) };
}

export function encodeShape(shape: ShapePublished): { key: Buffer; value: Buffer } {
  return { key: Buffer.from(`shape/${shape.event}\n${shape.path}`), value: shapeV1.encode(shape) };
}

export function encodeFormat(activated: FormatActivated): { key: Buffer; value: Buffer } {
  return { key: Buffer.from("format"), value: formatV1.encode(activated) };
}

/** Null for a tombstone, and for an entry that a newer version wrote: what it needs of older ones, its writer must see to (R14). */
export function decodeFunctionsEntry(bytes: Buffer | null): FunctionsEntry | null {
  const fingerprint = bytes === null ? null : fingerprintIn(bytes);
  if (bytes === null || fingerprint === null) return null;
  try {
    if (fingerprint === manifestV1.fingerprint) return { kind: "manifest", manifest: manifestV1.decode(bytes) };
    if (fingerprint === activationV1.fingerprint) return { kind: "activation", activation: activationV1.decode(bytes) };
    if (fingerprint === shapeV1.fingerprint) return { kind: "shape", shape: shapeV1.decode(bytes) };
    if (fingerprint === formatV1.fingerprint) return { kind: "format", activated: formatV1.decode(bytes) };
  } catch (cause) {
    throw new JournalError("JOURNAL_DAMAGED", "an entry of the functions topic does not follow the schema that it names", { cause });
  }
  return null;
}
