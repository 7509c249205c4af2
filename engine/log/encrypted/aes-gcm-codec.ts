// A codec of AES-256: GCM for what is encrypted, and for names a synthetic IV (Rogaway and Shrimpton's SIV, of HMAC-SHA-256 and CTR).
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";
import { ConfigurationError } from "../../core/configuration-error.ts";
import type { Codec } from "./codec.ts";
import { RecentBytes } from "./recent-bytes.ts";

export interface AesGcmOptions {
  /** Keys of 32 bytes, or their base64, by id. Those that were in use stay for as long as anything in the log is under them. */
  readonly keys: Readonly<Record<string, Uint8Array | string>>;
  /** Id of the key for what is written from now on. */
  readonly current: string;
  /**
   * Id of the key under which the keys of records are hidden. It never changes: where there are several keys, it is the one that was there first.
   * Default: the only key.
   */
  readonly names?: string;
}

const KEY_BYTES = 32;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SIV_BYTES = 16;
/** A key made of a master key and a salt encrypts no more than this: nonces are random, and two that are the same would give the key away. */
const MAX_UNDER_A_SALT = 2 ** 24;
/** Keys made for reading that are remembered: a process that writes makes one for millions of records. */
const MAX_REMEMBERED = 256;
/** Names that are remembered, each way. */
const MAX_NAMES = 10_000;
const KEY_ID = /^[a-zA-Z0-9._-]{1,64}$/;

/** @throws ConfigurationError `INVALID_OPTIONS` */
export function aesGcmCodec(options: AesGcmOptions): Codec {
  const keys = new Map(Object.entries(options.keys).map(([id, key]) => [id, checkedKey(id, key)]));
  const { current } = options;
  if (!keys.has(current)) throw invalid(`current is "${current}", which is none of keys`);
  return new AesGcmCodec(keys, current, namesOf(options, keys));
}

function namesOf({ names }: AesGcmOptions, keys: ReadonlyMap<string, Buffer>): string {
  const [only] = keys.keys();
  if (names === undefined && keys.size === 1 && only !== undefined) return only;
  if (names === undefined)
    throw invalid("with several keys, say under which the keys of records are: names: the id of the first that was in use");
  if (!keys.has(names)) throw invalid(`names is "${names}", which is none of keys`);
  return names;
}

function checkedKey(id: string, given: Uint8Array | string): Buffer {
  if (!KEY_ID.test(id)) throw invalid("a key's id is 1 to 64 letters, digits, dots, dashes and underscores");
  const key = typeof given === "string" ? Buffer.from(given, "base64") : Buffer.from(given);
  // The key itself stands in no message.
  if (key.length !== KEY_BYTES)
    throw invalid(`the key "${id}" has ${key.length} bytes: 32 are needed, as \`openssl rand -base64 32\` makes them`);
  return key;
}

function invalid(problem: string): ConfigurationError {
  return new ConfigurationError("INVALID_OPTIONS", `aesGcmCodec: ${problem}`);
}

class AesGcmCodec implements Codec {
  readonly current: string;
  readonly names: string;
  readonly #keys: ReadonlyMap<string, Buffer>;
  readonly #macKey: Buffer;
  readonly #nameKey: Buffer;
  readonly #remembered = new Map<string, Buffer>();
  readonly #hidden = new RecentBytes(MAX_NAMES);
  readonly #shown = new RecentBytes(MAX_NAMES);
  #salt: Buffer;
  #key: Buffer;
  #used = 0;

  constructor(keys: ReadonlyMap<string, Buffer>, current: string, names: string) {
    [this.#keys, this.current, this.names] = [keys, current, names];
    this.#macKey = this.#derived(names, Buffer.alloc(0), "millrace names: synthetic IV");
    this.#nameKey = this.#derived(names, Buffer.alloc(0), "millrace names: encryption");
    [this.#salt, this.#key] = this.#fresh();
  }

  knows(key: string): boolean {
    return this.#keys.has(key);
  }

  encrypt(plain: Buffer, bound: Buffer): Buffer {
    if (++this.#used > MAX_UNDER_A_SALT) {
      [this.#salt, this.#key] = this.#fresh();
      this.#used = 1;
    }
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", this.#key, nonce, { authTagLength: TAG_BYTES }).setAAD(bound);
    const encrypted = cipher.update(plain);
    cipher.final();
    return Buffer.concat([this.#salt, nonce, cipher.getAuthTag(), encrypted]);
  }

  decrypt(sealed: Buffer, bound: Buffer, key: string): Buffer {
    const nonceAt = SALT_BYTES;
    const tagAt = nonceAt + NONCE_BYTES;
    const dataAt = tagAt + TAG_BYTES;
    if (sealed.length < dataAt) throw new Error("what was encrypted is cut short");
    const made = this.#keyFor(key, sealed.subarray(0, SALT_BYTES));
    const decipher = createDecipheriv("aes-256-gcm", made, sealed.subarray(nonceAt, tagAt), { authTagLength: TAG_BYTES });
    decipher.setAAD(bound).setAuthTag(sealed.subarray(tagAt, dataAt));
    const plain = decipher.update(sealed.subarray(dataAt));
    decipher.final();
    return plain;
  }

  hide(name: Buffer, bound: Buffer): Buffer {
    return this.#hidden.get(bound, name, () => this.#hide(name, bound));
  }

  show(hidden: Buffer, bound: Buffer): Buffer {
    return this.#shown.get(bound, hidden, () => this.#show(hidden, bound));
  }

  #hide(name: Buffer, bound: Buffer): Buffer {
    const iv = this.#syntheticIv(name, bound);
    return Buffer.concat([iv, createCipheriv("aes-256-ctr", this.#nameKey, iv).update(name)]);
  }

  #show(hidden: Buffer, bound: Buffer): Buffer {
    const iv = hidden.subarray(0, SIV_BYTES);
    if (iv.length < SIV_BYTES) throw new Error("what was hidden is cut short");
    const name = createDecipheriv("aes-256-ctr", this.#nameKey, iv).update(hidden.subarray(SIV_BYTES));
    if (!timingSafeEqual(iv, this.#syntheticIv(name, bound))) throw new Error("what was hidden was altered, or is under another key");
    return name;
  }

  /** The length keeps what it is bound to and the name apart. */
  #syntheticIv(name: Buffer, bound: Buffer): Buffer {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bound.length);
    return createHmac("sha256", this.#macKey).update(length).update(bound).update(name).digest().subarray(0, SIV_BYTES);
  }

  #fresh(): [salt: Buffer, key: Buffer] {
    const salt = randomBytes(SALT_BYTES);
    return [salt, this.#derived(this.current, salt, VALUES)];
  }

  #keyFor(id: string, salt: Buffer): Buffer {
    const place = `${id}/${salt.toString("latin1")}`;
    const known = this.#remembered.get(place);
    if (known !== undefined) return known;
    const made = this.#derived(id, salt, VALUES);
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size >= MAX_REMEMBERED && oldest !== undefined) this.#remembered.delete(oldest);
    this.#remembered.set(place, made);
    return made;
  }

  #derived(id: string, salt: Buffer, use: string): Buffer {
    const key = this.#keys.get(id);
    if (key === undefined) throw new Error(`there is no key "${id}"`);
    return Buffer.from(hkdfSync("sha256", key, salt, use, KEY_BYTES));
  }
}

const VALUES = "millrace values";
