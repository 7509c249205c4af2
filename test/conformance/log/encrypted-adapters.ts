// Any adapter behind the codec: all topics are taken for the app's own.
import { randomBytes } from "node:crypto";
import { aesGcmCodec } from "../../../engine/log/encrypted/aes-gcm-codec.ts";
import { openEncryptedLog } from "../../../engine/log/encrypted/encrypted-log.ts";
import type { Log } from "../../../engine/log/log.ts";
import type { Adapter } from "./subject.ts";

export function encrypted(adapter: Adapter): Adapter {
  const codec = aesGcmCodec({ keys: { first: randomBytes(32) }, current: "first" });
  const bare = new WeakMap<Log, Log>();
  return {
    ...adapter,
    name: `${adapter.name}, encrypted`,
    async open() {
      const log = await adapter.open();
      const sealed = await openEncryptedLog(log, { codec, isOwn: () => true });
      bare.set(sealed, log);
      return sealed;
    },
    // What is sealed compacts as what is not: nobody who compacts needs the codec.
    compact: (log, target) => adapter.compact(bare.get(log) ?? log, target),
  };
}
