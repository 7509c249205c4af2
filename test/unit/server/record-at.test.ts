import { expect, test } from "vitest";
import type { Log } from "../../../engine/log/log.ts";
import { recordAt } from "../../../server/queries/record-at.ts";

const never = new Promise<never>(() => {});
/** It says nothing, whatever it is asked. */
const silent = new Proxy<Log>({} as Log, { get: () => () => never });

test("a log that says nothing keeps nobody for long from the rest of an event", async () => {
  expect(await recordAt(silent, { topic: "shop.events", partition: 0, offset: 3 }, 20)).toBeNull();
});
